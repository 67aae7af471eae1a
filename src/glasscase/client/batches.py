"""Tables and zips of photos, answered in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from glasscase.client.answers import Batch, BatchRow, Verdict
from glasscase.client.read_file import unreadable
from glasscase.client.sending import Sending
from glasscase.errors import BadCatalog
from glasscase.files import new_file

Format = Literal["csv", "jsonl", "parquet", "xlsx"]
_PAGE = 200


class Batches:
    """`client.batches`."""

    def __init__(self, sending: Sending, sleep: Callable[[float], None]) -> None:
        self._sending, self._sleep = sending, sleep

    def start(
        self,
        table: str | Path,
        *,
        text: Sequence[str] = (),
        photo: Sequence[str] = (),
        keep_days: int | None = None,
        review: bool = False,
    ) -> Batch:
        """Send a table (CSV, TSV, Parquet, JSON Lines) or a zip with photos; it begins at once.

        Args:
            table: the file; it is sent piece by piece.
            text: columns with words; guessed where none is named.
            photo: columns with photos; guessed where none is named.
            keep_days: keep texts and small photos so long.
            review: put unsure rows into the review queue.

        Raises:
            BadCatalog: the file cannot be read.
            Refused: the service cannot use it; says why.
        """
        path = Path(table)
        told = {"keep_days": keep_days, "review": str(review).lower()}
        fields = [(name, (None, str(value))) for name, value in told.items() if value is not None]
        fields += [("text", (None, name)) for name in text]
        fields += [("photo", (None, name)) for name in photo]
        try:
            stream = path.open("rb")
        except OSError as error:
            raise unreadable(path, error, error=BadCatalog) from None
        with stream:
            files: list[Any] = [*fields, ("file", (path.name, stream))]
            made = self._sending.told("POST", "/v1/batches", files=files)
        return Batch.model_validate(made["batch"])

    def list(self) -> tuple[Batch, ...]:
        """The newest batches, the newest first."""
        told = self._sending.told("GET", "/v1/batches")
        return tuple(Batch.model_validate(one) for one in told["batches"])

    def status(self, batch: Batch | str) -> Batch:
        """How a batch stands now."""
        return Batch.model_validate(self._sending.told("GET", _path(batch)))

    def pause(self, batch: Batch | str) -> Batch:
        """Let it rest; `resume` goes on."""
        return Batch.model_validate(self._sending.told("POST", f"{_path(batch)}/pause"))

    def resume(self, batch: Batch | str) -> Batch:
        """Go on with one that rests."""
        return Batch.model_validate(self._sending.told("POST", f"{_path(batch)}/resume"))

    def cancel(self, batch: Batch | str) -> Batch:
        """End it; rows that are answered stay."""
        return Batch.model_validate(self._sending.told("POST", f"{_path(batch)}/cancel"))

    def wait(
        self,
        batch: Batch | str,
        *,
        progress: Callable[[Batch], None] | None = None,
        every_seconds: float = 1.0,
    ) -> Batch:
        """Wait until a batch is over; `progress` is told how it stands now and then.

        A batch that was paused is waited for too: somebody may resume it.
        """
        while True:
            now = self.status(batch)
            if progress is not None:
                progress(now)
            if now.over:
                return now
            self._sleep(every_seconds)

    def results(
        self,
        batch: Batch | str,
        *,
        verdict: Verdict | None = None,
        label: str | None = None,
        words: str | None = None,
    ) -> Iterator[BatchRow]:
        """Rows that are answered by now, in their order, few in memory at a time.

        Args:
            batch: which.
            verdict: only these.
            label: only this category.
            words: only rows with this in id, category or problem.
        """
        told = {"verdict": verdict, "label": label, "words": words}
        asked = {name: value for name, value in told.items() if value is not None}
        start = 0
        while True:
            view = {**asked, "start": start, "most": _PAGE}
            page = self._sending.told("GET", f"{_path(batch)}/results", params=view)
            yield from (BatchRow.model_validate(row) for row in page["rows"])
            start += len(page["rows"])
            if len(page["rows"]) < _PAGE:
                return

    def download(self, batch: Batch | str, path: str | Path, form: Format | None = None) -> Path:
        """All rows that are answered by now as a file; `form`: else by the ending of `path`.

        Raises:
            CannotWrite: the file cannot be written; it is whole or not there.
        """
        place = Path(path)
        kind = form or place.suffix.removeprefix(".") or "csv"
        with (
            new_file(place) as fresh,
            fresh.open("wb") as stream,
            self._sending.stream(
                "GET", f"{_path(batch)}/download", params={"format": kind}
            ) as parts,
        ):
            for part in parts:
                stream.write(part)
        return place

    def delete(self, batch: Batch | str) -> None:
        """Remove a batch that is over, with its answers."""
        self._sending.told("DELETE", _path(batch))


def _path(batch: Batch | str) -> str:
    id = batch if isinstance(batch, str) else batch.id
    return f"/v1/batches/{quote(id, safe='')}"
