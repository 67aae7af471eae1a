"""A model card as Markdown: what the model was trained on, how good it is, what it cannot do."""

from __future__ import annotations

from typing import Any


def card_text(card: dict[str, Any]) -> str:
    """Markdown of a card as `jobs/train.py` writes it; sections it lacks are left out."""
    lines = ["# Model card", ""]
    if "retrained" in card:
        lines += [_retrained(card["retrained"]), ""]
    if "summary" in card:
        lines += [*card["summary"], ""]
    if "data" in card:
        lines += ["## Data", "", *_facts(card["data"]), ""]
    if "candidates" in card:
        lines += ["## How it was chosen", "", *_table(card["candidates"]), ""]
    if "encoders" in card:
        lines += ["## Encoders", ""]
        lines += [f"- {e['name']} ({e['licence']}): {e['source']}" for e in card["encoders"]] + [""]
    if "limits" in card:
        lines += ["## Limits", "", *(f"- {limit}" for limit in card["limits"]), ""]
    return "\n".join(lines)


def _retrained(told: dict[str, Any]) -> str:
    return (
        f"Since then it was fitted anew with {told['decisions']} decisions of reviewers "
        f"({', '.join(told['fitted'])}). The figures below are of the model before that."
    )


def _facts(facts: dict[str, Any]) -> list[str]:
    return [f"- {name.replace('_', ' ')}: {value}" for name, value in facts.items()]


def _table(candidates: list[dict[str, Any]]) -> list[str]:
    rows = ["| candidate | kind | accuracy | macro-F1 |", "|---|---|---|---|"]
    for one in candidates:
        figures = [
            f"{one[m]['value']:.4f} ({one[m]['low']:.4f} to {one[m]['high']:.4f})"
            for m in ("accuracy", "macro_f1")
        ]
        name = f"**{one['name']}**" if one["shipped"] else one["name"]
        rows.append(f"| {name} | {one['family']} | {figures[0]} | {figures[1]} |")
    return rows
