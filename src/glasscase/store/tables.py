"""Every table of the database. What a column means is said by the dataclass it comes out as."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from glasscase.store.column_types import UtcTime, Words

ID = Words()
VALUES = JSON(none_as_null=True)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

predictions = Table(
    "predictions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("made_at", UtcTime, nullable=False, index=True),
    Column("request_id", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("model", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("batch_id", ID),
    Column("product_id", Words, nullable=False),
    Column("row", Integer),
    Column("label", Words),
    Column("probability", Float),
    Column("verdict", Words, nullable=False),
    Column("milliseconds", Float),
    Column("answer", VALUES, nullable=False),
    Column("shadow", VALUES),
    Column("problem", Words, nullable=False),
    UniqueConstraint("batch_id", "row"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", ID, primary_key=True),
    Column(
        "prediction_id",
        ID,
        ForeignKey("predictions.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("product_id", Words, nullable=False),
    Column("label_before", Words),
    Column("label", Words),
    Column("comment", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

kept_products = Table(
    "kept_products",
    metadata,
    Column("prediction_id", ID, primary_key=True),
    Column("texts", VALUES, nullable=False),
    Column("attributes", VALUES, nullable=False),
    Column("until", UtcTime, nullable=False, index=True),
)

kept_photos = Table(
    "kept_photos",
    metadata,
    Column(
        "prediction_id",
        ID,
        ForeignKey("kept_products.prediction_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True),
    Column("name", Words, nullable=False),
    Column("media_type", Words, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", ID, primary_key=True),
    Column("prediction_id", ID, nullable=False, index=True),
    Column("product_id", Words, nullable=False),
    Column("label_before", Words),
    Column("model", Words, nullable=False),
    Column("batch_id", ID, index=True),
    Column("priority", Float, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("state", Words, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("label", Words),
    Column("held_by", Words),
    Column("held_until", UtcTime),
    Column("closed_at", UtcTime),
    Index("ix_reviews_held_by_state", "held_by", "state"),
    Index("ix_reviews_state_priority", "state", "priority", "id"),
    Index("ix_reviews_state_closed_at", "state", "closed_at", "id"),
    Index(
        "uq_reviews_open",
        "prediction_id",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)

decisions = Table(
    "decisions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("item_id", ID, ForeignKey("reviews.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("by", Words, nullable=False, index=True),
    Column("action", Words, nullable=False),
    Column("label", Words),
    Column("seconds", Float, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("undone_at", UtcTime),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("state", Words, nullable=False, index=True),
    Column("asked", Words),
    Column("options", VALUES, nullable=False),
    Column("by", Words, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("message", Words, nullable=False),
    Column("result", VALUES),
    Column("made_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("worker", Words),
    Column("lease_until", UtcTime),
    Column("lease_seconds", Float),
    Column("lost", Integer, nullable=False),
)

models = Table(
    "models",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("path", Words, nullable=False),
    Column("card", VALUES, nullable=False),
    Column("added_at", UtcTime, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("active", Words, ForeignKey("models.id")),
    Column("shadow", Words, ForeignKey("models.id")),
    Column("challenger", Words, ForeignKey("models.id")),
    Column("challenger_share", Float, nullable=False),
    Column("revision", Integer, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("scopes", VALUES, nullable=False),
    Column("secret_sha256", Words, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("who", Words, nullable=False),
    Column("what", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("detail", VALUES, nullable=False),
    Column("previous", Words, nullable=False),
    Column("hash", Words, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", Words, nullable=False),
)

cards = Table(
    "cards",
    metadata,
    Column("token", Words, primary_key=True),
    Column("html", LargeBinary, nullable=False),
    Column("by", Words, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False, index=True),
)
