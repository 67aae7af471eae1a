"""Settings of the service: where it listens, what it keeps, how much it takes at once.

They stand apart from `Settings`, for a bundle carries those, and a database's password has no
business in a bundle.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from glasscase.settings.reading import ENVIRONMENT_PREFIX, SettingsFile
from glasscase.settings.section import Section


class ServeSettings(Section):
    """Where the service listens, who may use it, and what it keeps."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 is every one.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes; several want PostgreSQL.")
    bundle: str = Field("", description="Bundle served first; the database remembers it.")
    training_photos: str = Field(
        "", description="Folder of the training photos, to show those of similar products."
    )
    data_folder: str = Field(
        "~/.local/share/glasscase", description="Folder of the database, uploads and bundles."
    )
    database: str = Field(
        "", description="postgresql://user:password@host/name; empty: SQLite in the data folder."
    )
    keys: Literal["auto", "always", "never"] = Field(
        "auto", description="Whether a key is needed; auto: unless host is this machine's own."
    )
    hosts: list[str] = Field([], description="Names it is reached by, beside its own address.")
    cors_origins: list[str] = Field([], description="Other sites whose pages may call it.")
    photo_hosts: list[str] = Field([], description="Hosts from which photos may be fetched by URL.")
    proxies: list[str] = Field(
        [], description="Addresses of proxies whose word on the caller's address is taken."
    )
    keep_days: int = Field(
        0, ge=0, le=3650, description="Days photos and texts are kept unasked; 0: not at all."
    )
    log_days: int = Field(
        90, ge=1, le=3650, description="Days answers and finished jobs are kept (without photos)."
    )
    gallery: str = Field(
        "", description="Gallery of products known by sight, for shelf photos; a folder."
    )
    detector: str = Field(
        "embedded", description="What finds products on shelf photos: embedded, FILE.onnx, hf:NAME."
    )
    saliency: str = Field(
        "sum",
        description="Where eyes go on packs: sum, transalnet:FILE.onnx or unisal:FILE.onnx.",
    )
    insight_writer: str = Field(
        "",
        max_length=200,
        description="Model at GLASSCASE_API_BASE that may write reports; empty: rules alone.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged."
    )

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def keys_needed(self) -> bool:
        """Whether a caller must show a key."""
        return self.keys == "always" or (self.keys == "auto" and not self.on_loopback)

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.keys == "never" and not self.on_loopback:
            raise ValueError(f"without keys anybody who reaches {self.host} could use the service")
        return self


class LimitSettings(Section):
    """How much one caller may ask; beyond it the answer is 413, 422, 429 or 503."""

    max_body_megabytes: float = Field(40.0, gt=0, description="A request's body; uploads below.")
    max_photos: int = Field(8, ge=1, le=64, description="Photos of one product.")
    max_photo_megabytes: float = Field(15.0, gt=0, description="One photo.")
    max_megapixels: float = Field(25.0, gt=0, description="One photo, width times height.")
    max_text_characters: int = Field(20_000, ge=100, description="All words of one product.")
    max_fields: int = Field(40, ge=1, le=1000, description="Text fields and attributes.")
    batch_megabytes: float = Field(500.0, gt=0, description="An uploaded table or zip.")
    batch_unpacked_megabytes: float = Field(2000.0, gt=0, description="What a zip unpacks to.")
    batch_files: int = Field(20_000, ge=1, description="Files in a zip.")
    batch_rows: int = Field(100_000, ge=1, description="Rows of an uploaded table.")
    requests_per_minute: int = Field(1200, ge=1, description="Of one key, or one address.")
    sign_ins_per_minute: int = Field(20, ge=4, description="Keys tried on the sign-in page.")
    queue_length: int = Field(64, ge=1, description="Products waiting; more are answered 503.")
    at_once: int = Field(16, ge=1, le=256, description="Products answered together, at most.")
    wait_milliseconds: float = Field(
        0.0, ge=0, le=100, description="How long a product waits for others to be answered with."
    )
    explain_queue: int = Field(8, ge=1, description="Explanations waiting; more are answered 503.")
    seconds: float = Field(60.0, gt=0, description="After so long a request is answered 503.")


class ShelfSettings(Section):
    """How shelf photos are looked at, where a caller does not say."""

    score: float | None = Field(
        None, ge=0, le=1, description="Boxes below are not looked for; None: as it was measured."
    )
    tile: int | None = Field(
        None, ge=0, description="Side of tiles, from 32 px; 0: no tiles; None: by the photo's size."
    )
    overlap: float = Field(
        0.25, ge=0, lt=0.9, description="Share of a tile that its neighbour shows too."
    )
    merge: Literal["nms", "fusion"] = Field(
        "nms", description="Of boxes of several tiles on one thing: the surest, or their mean."
    )
    iou: float = Field(0.5, gt=0, le=1, description="Overlap from which boxes are on one thing.")
    most_tiles: int = Field(
        64, ge=1, le=1000, description="Tiles of one photo; each is a look of the detector."
    )


class ReviewSettings(Section):
    """How answers are put before people."""

    hold_seconds: int = Field(
        600, ge=30, le=86_400, description="A product is one person's for so long, then free."
    )
    reorder_after: int = Field(
        20, ge=1, le=10_000, description="Decisions after which the queue is put in order anew."
    )
    diversity: float = Field(
        1.0,
        ge=0,
        le=5,
        description="How much products that speak for others count; 0: doubt alone.",
    )
    table: str = Field("", description="Table the models were trained on, to be trained anew with.")
    photos: str = Field("", description="Folder of that table's photos.")
    value: str = Field("price", description="Attribute that says what a product is worth.")
    value_weight: float = Field(
        0.3, ge=0, le=10, description="The dearest product counts so much more than the cheapest."
    )


class ServiceSettings(SettingsFile):
    """All settings of the service.

    >>> ServiceSettings().service.keys_needed
    False
    >>> told = {"GLASSCASE_SERVICE__HOST": "0.0.0.0"}
    >>> ServiceSettings.read(environment=told).service.keys_needed
    True
    """

    service: ServeSettings = ServeSettings()
    limits: LimitSettings = LimitSettings()
    shelf: ShelfSettings = ShelfSettings()
    review: ReviewSettings = ReviewSettings()

    @property
    def data_folder(self) -> Path:
        """The folder of the database, uploads and bundles."""
        return Path(self.service.data_folder).expanduser()

    @property
    def bundle_path(self) -> Path:
        """The bundle named in the settings, with `~` resolved."""
        return Path(self.service.bundle).expanduser()

    def to_environment(self) -> dict[str, str]:
        """The variables from which `read` makes the same settings again, in another process.

        >>> ServiceSettings().to_environment()["GLASSCASE_SERVICE__PORT"]
        '8000'
        """
        return {
            f"{ENVIRONMENT_PREFIX}{section}__{name}".upper(): ",".join(value)
            if isinstance(value, list)
            else str(value)
            for section, values in self.model_dump().items()
            for name, value in values.items()
            if value is not None  # left open, and so in the other process
        }

    @property
    def database_url(self) -> str:
        """The database to open: the one named, or SQLite in the data folder."""
        return self.service.database or f"sqlite:///{self.data_folder / 'glasscase.db'}"
