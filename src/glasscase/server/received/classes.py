"""Names of categories that somebody sends: known ones, or a refusal with the nearest."""

from __future__ import annotations

from glasscase.nearest_names import nearest_names
from glasscase.server.guard.refusals import Refused
from glasscase.server.threads.live_models import LiveModel


def known_class(live: LiveModel, name: str, field: str) -> str:
    """`name`, which the model of `live` answers with.

    Raises:
        Refused: 422, it does not; the nearest names are told.
    """
    return _among(name, [str(one) for one in live.model.classes_], "class", field)


def known_category(live: LiveModel, name: str, field: str) -> str:
    """`name`, which is a class or any category of the tree, `A > B`.

    Raises:
        Refused: 422, it is neither; the nearest names are told.
    """
    classes = [str(one) for one in live.model.classes_]
    nodes = [" > ".join(path) for path in live.model.taxonomy.nodes]
    return _among(name, list(dict.fromkeys([*classes, *nodes])), "category", field)


def _among(name: str, names: list[str], what: str, field: str) -> str:
    if name in names:
        return name
    near = ", ".join(repr(one) for one in nearest_names(name, names))
    raise Refused(
        422, f"the model knows no {what} {name[:200]!r}", f"Close to it: {near}.", field=field
    )
