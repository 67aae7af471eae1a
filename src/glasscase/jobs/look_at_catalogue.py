"""Everything to be known of a catalogue at once: profile, label audit, duplicates, problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.product_thumbnail import product_thumbnail
from glasscase.errors import CannotTrain
from glasscase.files import write_json
from glasscase.jobs.audit import audit
from glasscase.jobs.decisions.corrections_file import first_words
from glasscase.jobs.profile import profile
from glasscase.jobs.table_source import TableSource
from glasscase.profiling.class_counts import best_level
from glasscase.profiling.profile import Profile
from glasscase.progress import Progress, silent
from glasscase.review.audit import Audit
from glasscase.settings import Settings

MOST_CASES = 500
MOST_GROUPS = 100
MOST_MEMBERS = 6
MOST_EXAMPLES = 200
"""Categories with a picture of one of their products."""
MOST_PROBLEMS = 200
"""Of each kind."""
_SIZE_PX = 160
PICTURES = "pictures.json"
LOOK = "look.json"


@dataclass(frozen=True)
class CatalogueLook:
    """What was found in a catalogue."""

    profile: Profile
    audit: Audit | None
    """None where labels could not be audited."""
    why_no_audit: str
    level: int | None
    """Where categories were cut for the audit; None: nowhere."""
    products: Mapping[str, Product] = field(default_factory=dict)
    """All of them by id, for pictures."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values, without words and photos of products."""
        found = self.profile.to_dict()
        return {
            "rows": self.profile.rows,
            "columns": str(found["columns"].get("line", "")),
            "todo": list(self.profile.todo),
            "missing": found["missing"],
            "categories": self._categories(),
            "photos": found["photos"],
            "texts": found["texts"],
            "problems": _problems(self._all_problems()),
            "duplicates": self._duplicates(),
            "audit": None if self.audit is None else self._audit(self.audit),
            "why_no_audit": self.why_no_audit,
        }

    def pictures(self) -> dict[str, dict[str, str]]:
        """Place in the worklist or in a group, product with a problem, or category (of which one
        product is the example) -> its first words and a thumbnail."""
        shown: dict[str, Product] = {**self._with_problems(), **self._examples()}
        for number, case in enumerate(self.audit.suspects[:MOST_CASES] if self.audit else ()):
            shown[f"case-{number}"] = case.product
        for number, group in enumerate(self._groups()):
            for place, member in enumerate(group.products[:MOST_MEMBERS]):
                shown[f"group-{number}-{place}"] = member
        made: dict[int, dict[str, str]] = {}
        for product in shown.values():
            if id(product) not in made:
                made[id(product)] = {
                    "words": first_words(product),
                    "photo": product_thumbnail(product, longest_px=_SIZE_PX),
                }
        return {name: made[id(product)] for name, product in shown.items()}

    def _with_problems(self) -> dict[str, Product]:
        ids = dict.fromkeys(one.product_id for one in self._all_problems() if one.product_id)
        found = {f"problem-{id}": self.products[id] for id in ids if id in self.products}
        return dict(list(found.items())[:MOST_PROBLEMS])

    def _examples(self) -> dict[str, Product]:
        found: dict[str, Product] = {}
        for product in self.products.values():
            if product.label and product.photos and len(found) < MOST_EXAMPLES:
                found.setdefault(f"category-{product.label}", product)
        return found

    def save(self, folder: Path, *, pictures: bool) -> list[str]:
        """Write what was found into `folder`; returns the names of the files.

        `pictures`: also small photos and first words, and the pages that show them.

        Raises:
            CannotWrite: the disk is full.
        """
        write_json(folder / LOOK, self.to_dict())
        if not pictures:
            return [LOOK]
        write_json(folder / PICTURES, self.pictures())
        self.profile.save(folder)
        (folder / "profile.json").unlink()
        names = [LOOK, PICTURES, "profile.html"]
        if self.audit is not None:
            self.audit.save(folder / "audit.html")
            names.append("audit.html")
        return names

    def _groups(self) -> list[Any]:
        return [] if self.audit is None else list(self.audit.groups[:MOST_GROUPS])

    def _categories(self) -> list[dict[str, Any]]:
        levels = self.profile.levels
        if not levels:
            return []
        return [level.to_dict() for level in levels]

    def _all_problems(self) -> list[Problem]:
        own = dict.fromkeys(self.profile.problems)
        return list(dict.fromkeys([*own, *(self.audit.problems if self.audit else ())]))

    def _duplicates(self) -> dict[str, Any]:
        alike = self.profile.look_alikes
        if self.audit is None:
            groups = [
                {
                    "kind": "near",
                    "labels": list(group.labels),
                    "size": group.size,
                    "products": [
                        {"row": one.row, "id": one.product_id, "label": one.label}
                        for one in group.members
                    ],
                }
                for group in alike.groups[:MOST_GROUPS]
            ]
        else:
            groups = [
                {**one, "size": len(one["products"]), "products": one["products"][:MOST_MEMBERS]}
                for one in (group.to_dict() for group in self._groups())
            ]
        return {
            "products": alike.products,
            "groups_in_all": len((self.audit or alike).groups),
            "conflicts": alike.conflicts,
            "groups": groups,
        }

    def _audit(self, found: Audit) -> dict[str, Any]:
        suspects = found.suspects
        return {
            "level": self.level,
            "judged": found.judged,
            "accuracy": found.accuracy.to_dict(),
            "error_rate": found.error_rate.to_dict(),
            "model": found.model,
            "notes": list(found.notes),
            "suspects": len(suspects),
            "cases": [
                {"number": number, **case.to_dict()}
                for number, case in enumerate(suspects[:MOST_CASES])
            ],
        }


def look_at_catalogue(
    source: TableSource,
    *,
    settings: Settings | None = None,
    labels: bool = True,
    progress: Progress = silent,
) -> CatalogueLook:
    """Profile a table and, where its products have labels, audit these.

    Categories are cut for the audit where most of them have enough products to judge by.

    Args:
        source: the table, or a folder of photos.
        settings: as for `profile` and `audit`.
        labels: whether to audit the labels; it trains a model fold by fold, which takes a while.
        progress: who is told how far it is.

    Raises:
        BadCatalog: it cannot be read at all.
    """
    settings = settings or Settings()

    def read(level: int | None) -> Catalog:
        return Catalog.read(
            source.source, photos=source.photos, columns=source.columns, level=level,
            settings=settings, progress=progress,
        )  # fmt: skip

    catalog = read(None)
    by_id = {product.id: product for product in catalog.products}
    found = profile(catalog, settings=settings, progress=progress)
    if not labels:
        return CatalogueLook(found, None, "It was not asked for.", None, by_id)
    deepest = max((len(product.category or ()) for product in catalog.products), default=0)
    best = best_level(found.levels)
    level = best.level if best is not None and best.level < deepest else None
    try:
        audited = audit(
            catalog if level is None else read(level), settings=settings, progress=progress
        )
    except CannotTrain as error:
        return CatalogueLook(found, None, str(error), None, by_id)
    return CatalogueLook(found, audited, "", level, by_id)


def plainly(look: dict[str, Any], plain: Any) -> dict[str, Any]:
    """The same with every sentence put through `plain`, which takes paths of this machine out."""
    kinds = [
        {**kind, "problems": [{**one, "text": plain(one["text"])} for one in kind["problems"]]}
        for kind in look["problems"]
    ]
    return {**look, "problems": kinds, "why_no_audit": plain(look["why_no_audit"])}


def _problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    by_kind: dict[str, list[Problem]] = defaultdict(list)
    for one in problems:
        by_kind[one.field].append(one)
    return [
        {
            "kind": kind,
            "count": len(rows),
            "problems": [
                {
                    "row": one.row,
                    "id": one.product_id,
                    "text": str(replace(one, row=None)),
                    "dropped": one.dropped,
                }
                for one in rows[:MOST_PROBLEMS]
            ],
        }
        for kind, rows in sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
