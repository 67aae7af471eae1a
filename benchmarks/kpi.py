"""What `glasscase kpi` finds where the truth is known, and on 100 wines where it is not.

    python benchmarks/kpi.py                    # simulated shops, half an hour on 1 core
    python benchmarks/kpi.py --wines ../shared/data/wines   # and the wines
    python benchmarks/kpi.py --shops 40 --models ridge      # fewer of each, quicker

Simulated shops have 200 products of 100 brands: sales fall with price (slope -0.6 of logarithms),
are 1.5 times as high for red, and hang on nothing else named (width, material). Vectors of photos
and texts are random numbers; in "photo matters" one of the photo's 12 counts. Printed are: how
often the drivers table recovers each effect and its sign, how often it names an idle feature, how
often "the photo helps" is said, and how many of 200 fresh products lie in their intervals.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.columns import Columns
from glasscase.jobs.apply_kpi import apply_kpi
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.jobs.predict_kpi import predict_kpi

DIM, PRODUCTS, FRESH = 12, 200, 200
VECTORS = Columns(id="sku", image_vectors="photo*", text_vectors="words*")


def shop(count: int, seed: int, *, photo: float, brand: float) -> dict[str, list[Any]]:
    random = np.random.default_rng(seed)
    price = np.exp(random.normal(2, 0.5, count))
    colour = random.choice(["red", "blue", "green"], count)
    width = random.normal(30, 5, count)
    material = random.choice(["wood", "steel", "glass"], count)
    photos, texts = random.normal(size=(2, count, DIM))
    brands = np.arange(count) // 2
    own = brand * random.normal(size=count)[brands]
    logs = 4 - 0.6 * np.log(price) + np.log(1.5) * (colour == "red") + photo * photos[:, 0] + own
    sales = np.exp(logs + random.normal(0, 0.4, count))
    found = {
        "sku": [f"p{random.integers(10**9)}" for _ in range(count)],
        "price": price.round(2).tolist(), "colour": colour.tolist(),
        "width": width.round(2).tolist(), "material": material.tolist(),
        "brand": [f"b{seed}-{one}" for one in brands], "sales": np.round(20 * sales).tolist(),
    }  # fmt: skip
    found |= {f"photo {k}": photos[:, k].round(4).tolist() for k in range(DIM)}
    return found | {f"words {k}": texts[:, k].round(4).tolist() for k in range(DIM)}


def write(path: Path, columns: dict[str, list[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def simulated(
    asked: argparse.Namespace, photo: float, brand: float, first: int
) -> dict[str, float]:
    told: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        told.setdefault(name, []).append(float(value))

    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + asked.shops):
            table = write(Path(folder) / "shop.csv", shop(PRODUCTS, seed, photo=photo, brand=brand))
            models = tuple(asked.models.split(","))
            options = KpiOptions(models=models, group="brand", columns=VECTORS)
            result = predict_kpi(table, "sales", options=options)
            assert result.drivers is not None
            rows = {one.name: one for one in result.drivers.rows}
            note("price found, less", rows["price"].verdict == "associated, goes with less")
            note("colour found, red", rows["colour"].verdict == "associated, highest for red")
            note("idle named", any(rows[n].associated for n in ("width", "material")))
            note("photo helps said", any(g.helps for g in result.gains if g.what == "photo"))
            note("text helps said", any(g.helps for g in result.gains if g.what == "text"))
            note("photo shipped", "image" in result.chosen.reads)
            new = shop(FRESH, seed + 10**6, photo=photo, brand=brand)
            found = apply_kpi(write(Path(folder) / "new.csv", new), result.fitted).answers
            truth = np.array(new["sales"])
            note("coverage (90 % meant)", ((found.low <= truth) & (truth <= found.high)).mean())
            note("coverage as measured", result.coverage.value)
    return {name: float(np.mean(values)) for name, values in told.items()}


def wines(folder: Path) -> None:
    with (folder / "XWines_Test_1K_ratings.csv").open(encoding="utf-8") as stream:
        ratings: dict[str, list[float]] = {}
        for row in csv.DictReader(stream):
            ratings.setdefault(row["WineID"], []).append(float(row["Rating"]))
    with (folder / "XWines_Test_100_wines.csv").open(encoding="utf-8") as stream:
        rows = [
            {**row, "mean_rating": np.mean(ratings[row["WineID"]]).round(4),
             "given": len(ratings[row["WineID"]]), "photo": f"{row['WineID']}.jpeg"}
            for row in csv.DictReader(stream)
            if row["WineID"] in ratings
        ]  # fmt: skip
    with tempfile.TemporaryDirectory() as made:
        table = write(Path(made) / "wines.csv", {k: [r[k] for r in rows] for k in rows[0]})
        options = KpiOptions(
            kind="rating", weight="given", group="WineryName", force=True,
            leave_out=("WineID", "Website", "Vintages", "RegionID", "WineryID"),
            columns=Columns(
                id="WineID", text=("WineName", "Grapes", "Harmonize"), photo=("photo",)
            ),
        )  # fmt: skip
        result = predict_kpi(table, "mean_rating", photos=folder / "images", options=options)
    print("\n| model | R2 | mean error | rank correlation |\n|---|---|---|---|")
    for one in result.to_dict()["models"]:
        cells = " | ".join(_interval(one[key]) for key in ("r2", "mae", "spearman"))
        print(f"| {one['name']}{' (kept)' if one['chosen'] else ''} | {cells} |")
    assert result.drivers is not None
    print("\n| feature | verdict | importance | stability |\n|---|---|---|---|")
    for row in result.drivers.rows:
        told = _interval(row.importance.to_dict())
        print(f"| {row.name} | {row.verdict} | {told} | {row.stability:.2f} |")
    for sentence in (*result.sentences, *result.notes, *map(str, result.alarms)):
        print("-", sentence)


def _interval(found: dict[str, float | None]) -> str:
    if found["value"] is None:
        return "-"
    return f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=200, help="of each condition")
    parser.add_argument("--models", default="ridge,boosting", help="in simulated shops")
    parser.add_argument("--wines", type=Path)
    parser.add_argument("--no-shops", action="store_true")
    asked = parser.parse_args()
    if asked.wines is not None:
        wines(asked.wines)
    if asked.no_shops:
        return
    conditions = {
        "null photo": {"photo": 0.0, "brand": 0.0},
        "null photo, brands differ": {"photo": 0.0, "brand": 0.5},
        "photo matters (0.3)": {"photo": 0.3, "brand": 0.0},
    }
    found = {}
    for k, (name, how) in enumerate(conditions.items()):
        found[name] = simulated(asked, how["photo"], how["brand"], 1000 * k)
        print(name, {figure: round(value, 3) for figure, value in found[name].items()}, flush=True)
    print(f"\n| {asked.shops} shops of {PRODUCTS} products | " + " | ".join(found) + " |")
    print("|---|" + "---|" * len(found))
    for figure in next(iter(found.values())):
        print(f"| {figure} | " + " | ".join(f"{one[figure]:.3f}" for one in found.values()) + " |")


if __name__ == "__main__":
    main()
