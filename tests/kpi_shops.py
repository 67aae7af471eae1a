"""Simulated shops whose KPI is known to hang on some things and not on others."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

DIM = 6


def shop(n: int = 160, *, seed: int = 0, photo: float = 0.0, text: float = 0.0) -> dict[str, Any]:
    """Columns: `sales` falls with price and is higher for red; `width` says nothing.

    Vectors of photos stand in columns `photo 0` ...; their first number counts `photo` times, that
    of the text vectors `text` times. Two products of each brand.
    """
    random = np.random.default_rng(seed)
    price = np.exp(random.normal(2, 0.5, n))
    colour = random.choice(["red", "blue", "green"], n)
    photos, texts = random.normal(size=(2, n, DIM))
    log_sales = 4 - 0.9 * np.log(price) + 0.6 * (colour == "red") + photo * photos[:, 0]
    log_sales = log_sales + text * texts[:, 0] + random.normal(0, 0.35, n)
    columns: dict[str, Any] = {
        "sku": [f"p{random.integers(10**9)}" for _ in range(n)],
        "price": price.round(2).tolist(),
        "colour": colour.tolist(),
        "width": random.normal(30, 5, n).round(2).tolist(),
        "brand": [f"brand {i // 2}" for i in range(n)],
        "sales": np.round(20 * np.exp(log_sales)).astype(int).tolist(),
    }
    columns |= {f"photo {k}": photos[:, k].round(4).tolist() for k in range(DIM)}
    return columns | {f"words {k}": texts[:, k].round(4).tolist() for k in range(DIM)}


def write(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """Columns as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def plain(n: int = 160, *, seed: int = 0) -> dict[str, Any]:
    """The shop without vectors."""
    return {k: v for k, v in shop(n, seed=seed).items() if not k.startswith(("photo", "words"))}
