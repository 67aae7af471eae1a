"""How comparisons look on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glasscase.cli.show import interval, print_columns, print_problems, print_table

if TYPE_CHECKING:
    from glasscase.evaluation.ablation import Ablation
    from glasscase.evaluation.comparison import Comparison
    from glasscase.evaluation.duel import Duel

_MOST_FLIPS = 10


def print_comparison(found: Comparison, *, quiet: bool = False) -> None:
    """Print the table, what cannot be told apart, the duel of two bundles, and what to do."""
    from glasscase.evaluation.verdict_words import VERDICTS
    from glasscase.evaluation.wording import duration, megabytes, p_value

    table, best = found.table, found.table.best
    print_columns(table.data["columns"], quiet=quiet)
    print_problems(table.problems)
    rows = []
    for one in table.models:
        pair = None if one is best else table.pair(best.name, one.name)
        rows.append(
            [
                one.name,
                interval(one.accuracy.to_dict()),
                interval(one.macro_f1.to_dict()),
                interval(pair.difference.to_dict()) if pair else "",
                p_value(pair.p_bootstrap_holm) if pair else "",
                p_value(pair.p_mcnemar_holm) if pair else "",
                VERDICTS[pair.verdict] if pair else "best",
            ]
        )
    print_table(
        ["model", "accuracy (95 %)", "macro F1 (95 %)", "behind (95 %)", "p boot", "p McNemar", ""],
        rows,
    )
    print_table(
        ["model", "training", "a product", "on disk", "peak memory"],
        [
            [
                one.name,
                duration(one.costs.train_seconds),
                duration(one.costs.product_seconds),
                megabytes(one.costs.disk_bytes),
                megabytes(one.costs.peak_bytes),
            ]
            for one in table.models
        ],
    )
    for names in table.alike:
        if len(names) > 1:
            print(f"Cannot be told apart: {', '.join(names)}.")
    for name, reason in table.failed.items():
        print(f"{name} could not be judged: {reason}")
    if found.duel:
        _print_duel(found.duel)
    for sentence in (*table.notes, found.advice):
        print(sentence)


def _print_duel(duel: Duel) -> None:
    changed = [one for one in duel.categories if one.won or one.lost]
    if changed:
        print_table(
            ["category", "products", "right before", "now", "won", "lost"],
            [
                [
                    one.label,
                    *map(str, (one.products, one.old_right, one.new_right, one.won, one.lost)),
                ]
                for one in changed
            ],
        )
    if duel.flips:
        print(f"{len(duel.flips)} products have another answer:")
        for flip in duel.flips[:_MOST_FLIPS]:
            print(
                f"  {flip.kind}: {flip.product_id} is {flip.label}; "
                f"{duel.old} {flip.old_answer or 'no answer'} ({flip.old_probability:.2f}), "
                f"{duel.new} {flip.new_answer or 'no answer'} ({flip.new_probability:.2f})"
            )
        if len(duel.flips) > _MOST_FLIPS:
            print(f"  and {len(duel.flips) - _MOST_FLIPS} more: --out FOLDER or --json has all.")
    for label, count in duel.left_out.items():
        print(f"Not compared, for not both know it: {label} ({count} products).")
    for guard in duel.guards:
        print(f"{'Kept' if guard.passed else 'Drops'}: {guard}")


def print_ablation(found: Ablation, *, quiet: bool = False) -> None:
    """Print what each part is worth."""
    from glasscase.evaluation.verdict_words import VERDICTS
    from glasscase.evaluation.wording import duration, p_value

    print_columns(found.about.data["columns"], quiet=quiet)
    print_problems(found.about.problems)
    print(f"{found.model.name}: accuracy {interval(found.model.accuracy.to_dict())}")
    print_table(
        ["without", "kind", "accuracy", "it adds (95 % interval)", "p boot", "p McNemar", "gain",
         "time saved"],
        [
            [
                one.part,
                ", ".join(one.kinds),
                f"{one.accuracy.value:.3f}",
                interval(one.gain.to_dict()),
                p_value(one.pair.p_bootstrap_holm),
                p_value(one.pair.p_mcnemar_holm),
                VERDICTS[one.pair.verdict],
                duration(one.saved_seconds),
            ]
            for one in found.worths
        ],
    )  # fmt: skip
    print(found.calibration)
    for name, reason in found.about.failed.items():
        print(f"{name} could not be judged: {reason}")
    for sentence in (*found.about.notes, found.advice):
        print(sentence)
