"""The store: one door to the database, one attribute for each concept."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from glasscase.store.audit_log import AuditLog
from glasscase.store.batches import Batches
from glasscase.store.cards import Cards
from glasscase.store.column_types import now_utc
from glasscase.store.database import Clock, Database, read_url
from glasscase.store.jobs import Jobs
from glasscase.store.kept import Kept
from glasscase.store.keys import Keys
from glasscase.store.migrating import migrate
from glasscase.store.models import Models
from glasscase.store.predictions import Predictions
from glasscase.store.retention import Retention
from glasscase.store.review_figures import ReviewFigures
from glasscase.store.reviewable import Reviewable
from glasscase.store.reviews import Reviews
from glasscase.store.shadows import Shadows


class Store:
    """Everything the service remembers. Methods block, may be called from any thread, and are one
    transaction each; what they return are frozen values.

    Not covered: clocks. Holds and leases are timed by the machines that ask; where several share
    one database, their clocks should agree to within seconds.
    """

    def __init__(self, database: Database) -> None:
        """Use `Store.open`."""
        self._database = database
        self.predictions = Predictions(database)
        self.kept = Kept(database)
        self.reviews = Reviews(database)
        self.reviewable = Reviewable(database)
        self.review_figures = ReviewFigures(database)
        self.jobs = Jobs(database)
        self.batches = Batches(database)
        self.models = Models(database)
        self.shadows = Shadows(database)
        self.keys = Keys(database)
        self.audit = AuditLog(database)
        self.cards = Cards(database)
        self.retention = Retention(database)

    @classmethod
    def open(cls, url: str, *, clock: Clock = now_utc) -> Store:
        """Open a database, made first where there is none, and bring its tables up to date.

        Args:
            url: `sqlite:////folder/file.db` or `postgresql://user:password@host/name`.
            clock: what gives the time; tests have their own.

        Raises:
            BadStore: it cannot be reached or used, or a newer Glasscase has changed it.
            CannotWrite: the folder of an SQLite file cannot be made.
        """
        database = Database(read_url(url), clock=clock)
        try:
            migrate(database)
        except BaseException:
            database.engine.dispose()
            raise
        return cls(database)

    @property
    def name(self) -> str:
        """The file, or the URL without its password."""
        return self._database.name

    def ping(self) -> None:
        """Raises `BadStore` where the database does not answer."""
        with self._database.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection; a later question opens new ones."""
        try:
            self._database.engine.dispose()
        except SQLAlchemyError as error:
            raise self._database.refusal(error) from error
