"""`glasscase taxonomy`: look at a tree of categories, compare two, bring labels along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from
from glasscase.cli.show import print_json, print_problems, print_table
from glasscase.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from glasscase.catalog.columns import Columns
    from glasscase.catalog.taxonomy_changes import ChangeList
    from glasscase.jobs.migrate_table import OpenLabel

SHOWN = 40
taxonomy = typer.Typer(
    help="Trees of categories: show, compare, migrate to another.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)
TreeArgument = Annotated[
    Path,
    typer.Argument(
        metavar="TREE",
        help="Google's or Shopify's text file, one path a line, a table of parents, labelled "
        "products, or a bundle.",
    ),
]
RootOption = Annotated[
    bool, typer.Option("--one-root", help="One category is above all; leave it out of the paths.")
]


@taxonomy.command()
def show(
    tree: TreeArgument,
    level: Annotated[
        int | None, typer.Option("--level", metavar="N", help="Show so many levels.")
    ] = None,
    label: o.LabelOption = None,
    one_root: RootOption = False,
    as_json: o.JsonOption = False,
) -> None:
    """Show a tree of categories, with products where it has any."""
    from glasscase.jobs.taxonomy_source import read_tree

    found = read_tree(tree, columns=columns_from(label=label), one_root=one_root)
    if as_json:
        kinds = {"name": found.name, "format": found.format, "release": found.release}
        print_json({**kinds, **found.taxonomy.to_dict()})
        return
    print_problems(found.problems)
    nodes = [path for path in found.taxonomy.nodes if level is None or len(path) <= level]
    for path in nodes:
        count = found.taxonomy.count(path)
        print(f"{'  ' * (len(path) - 1)}{path[-1]}{f'  {count}' if count else ''}")
    of = f"{found.format} {found.release}".strip()
    size = f"{len(found.taxonomy)} categories, {found.taxonomy.depth} levels"
    print(f"{size}, version {found.taxonomy.version} ({of}).")


@taxonomy.command()
def diff(
    old: TreeArgument,
    new: TreeArgument,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="The list for migrate (.json), or a page (.html)."
        ),
    ] = None,
    one_root: RootOption = False,
    as_json: o.JsonOption = False,
) -> None:
    """Say what changed between two trees, and how sure that is.

    By ids where both have them, by whole paths, by products where both are labelled catalogues with
    ids; what is only alike is a guess and marked as such.
    """
    from glasscase.catalog.taxonomy_diff import diff_trees
    from glasscase.jobs.change_file import write_changes
    from glasscase.jobs.taxonomy_page import save_page, summary
    from glasscase.jobs.taxonomy_source import read_tree

    if out is not None and out.suffix.lower() not in (".json", ".html"):
        raise BadSetting(
            f"the changes cannot be written as {out.name!r}", "End its name in .json or .html."
        )
    _not_over(out, old, new)
    columns = columns_from(label=label, id=id)
    before, after = (read_tree(tree, columns=columns, one_root=one_root) for tree in (old, new))
    found = diff_trees(before, after)
    if out is not None and out.suffix.lower() == ".html":
        save_page(out, found, before, after)
    elif out is not None:
        write_changes(out, found)
    if as_json:
        print_json(found.to_dict())
        return
    print_problems((*before.problems, *after.problems))
    for change in found.changes[:SHOWN]:
        print(change)
    if len(found.changes) > SHOWN:
        print(f"and {len(found.changes) - SHOWN} more")
    print(summary(found))
    if out is not None:
        print(f"The {'page' if out.suffix.lower() == '.html' else 'list'} is {out}.")


@taxonomy.command()
def migrate(
    changes: Annotated[
        Path, typer.Argument(metavar="CHANGES", help="What `taxonomy diff --out` wrote (.json).")
    ],
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="A table of labelled products, or a bundle.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="PLACE", help="Where the migrated copy goes.")
    ],
    label: o.LabelOption = None,
    delimiter: o.DelimiterOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Bring labels or a bundle along with a changed tree, where that is certain.

    Of a table only cells of the category change. In a bundle classes are renamed, and merged ones
    add up their probabilities. What is not certain stays as it is and is listed.
    """
    from glasscase.jobs.change_file import read_changes

    _not_over(out, target, changes)
    found = read_changes(changes)
    if target.is_dir():
        _bundle(found, target, out, as_json=as_json)
    else:
        _table(found, target, out, columns_from(label=label), delimiter, as_json=as_json)


def _table(
    changes: ChangeList, target: Path, out: Path, columns: Columns | None, delimiter: str | None,
    *, as_json: bool,
) -> None:  # fmt: skip
    from glasscase.jobs.migrate_table import migrate_table

    done = migrate_table(target, changes, out, columns=columns, delimiter=delimiter)
    if as_json:
        print_json(done.to_dict())
        return
    print_problems(done.problems, most=20)
    _print_changed([(before, after, many) for before, (after, many) in done.changed.items()])
    _print_open(done.open)
    left = sum(one.products for one in done.open)
    print(
        f"{done.products} labels changed, {done.unchanged} are the same in the new tree, {left} "
        f"are left to a person. The migrated table is {out}."
    )


def _bundle(changes: ChangeList, target: Path, out: Path, *, as_json: bool) -> None:
    from glasscase.jobs.migrate_bundle import migrate_bundle
    from glasscase.models.bundle import check_place
    from glasscase.models.classifier import ProductClassifier

    check_place(out)
    done = migrate_bundle(ProductClassifier.load(target), changes, name=str(target))
    done.model.save(out)
    if as_json:
        print_json({**done.to_dict(), "path": str(out)})
        return
    _print_changed([(before, after, None) for before, after in done.renamed.items()])
    for after, before in done.merged.items():
        print(f"{after}: the probabilities of {len(before)} classes add up.")
    _print_open(done.open)
    if done.promise_note:
        print(done.promise_note)
    print(
        f"{len(done.renamed)} classes have another name, {len(done.open)} are left to a person. "
        f"The migrated bundle is {out}."
    )


def _print_changed(changed: Sequence[tuple[str, str, int | None]]) -> None:
    for before, after, many in changed[:SHOWN]:
        print(f"{before} -> {after}{'' if many is None else f' ({many})'}")
    if len(changed) > SHOWN:
        print(f"and {len(changed) - SHOWN} more")


def _print_open(left: Sequence[OpenLabel]) -> None:
    if left:
        rows = [[one.label, str(one.products), one.why] for one in left[:SHOWN]]
        print_table(["for a person", "products", "why"], rows)
        if len(left) > SHOWN:
            print(f"and {len(left) - SHOWN} more")


def _not_over(out: Path | None, *inputs: Path) -> None:
    if out is not None and any(out.resolve() == one.resolve() for one in inputs):
        raise BadSetting(f"{str(out)!r} would be overwritten", "Choose another name for --out.")
