"""Tables with a KPI: what is read, what is refused, and in which words."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasscase.catalog.columns import Columns
from glasscase.errors import BadCatalog, BadSetting, CannotTrain, GlasscaseError
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.jobs.kpis.kpi_study import Study, prepare_kpi
from glasscase.kpi.moments import read_moments
from glasscase.kpi.scale import Scale, make_scale
from glasscase.kpi.target import read_target
from glasscase.settings import Settings
from kpi_shops import plain, write


def studied(tmp_path: Path, shop: dict[str, Any], target: str = "sales", **told: Any) -> Study:
    table = write(tmp_path / "shop.csv", shop)
    return prepare_kpi(table, target, options=KpiOptions(**told), settings=Settings())


def refused(tmp_path: Path, shop: dict[str, Any], target: str = "sales", **told: Any) -> str:
    with pytest.raises(GlasscaseError) as error:
        studied(tmp_path, shop, target, **told)
    return str(error.value)


def rows(values: list[Any]) -> list[tuple[int, dict[str, Any]]]:
    return [(number, {"kpi": value}) for number, value in enumerate(values, start=2)]


@pytest.mark.parametrize(
    ("name", "values", "kind", "link"),
    [
        ("ctr", [0.01, 0.02, 0.05] * 9, "rate", "logit"),
        ("share", ["1.5 %", "2 %", "40 %"] * 9, "rate", "logit"),
        ("orders", [0, 3, 250] * 9, "count", "log1p"),
        ("revenue", [1.5, 2.25, 99.9] * 9, "amount", "log1p"),
        ("stars", [3.5, 4.0, 4.5] * 9, "rating", "identity"),
        ("delta", [-3.5, 4.0, 4.5] * 9, "number", "identity"),
    ],
)
def test_the_kind_of_a_kpi_decides_its_scale(
    name: str, values: list[Any], kind: str, link: str
) -> None:
    cells = [(2 + i, {name: value}) for i, value in enumerate(values)]
    column = read_target(cells, name)

    assert column.kind == kind
    assert make_scale(column.kind, column.amounts).link == link
    if "%" in str(values[0]):
        assert column.amounts[:3].tolist() == [0.015, 0.02, 0.4]


@pytest.mark.parametrize(
    "scale",
    [Scale("identity"), Scale("log1p", 0.2), Scale("logit", count=50), Scale("log-rate")],
)
def test_every_scale_finds_the_way_back_and_keeps_the_order(scale: Scale) -> None:
    amounts = np.array([0.0, 0.001, 0.4, 0.97])
    exposure = np.array([1.0, 20.0, 3.0, 400.0])

    learnt = scale.forward(amounts, exposure)
    assert np.allclose(scale.back(learnt, exposure), amounts)
    assert (np.diff(scale.back(np.array([-2.0, 0.0, 3.0]), np.ones(3))) > 0).all()


def test_text_in_the_kpi_column_is_told_row_by_row() -> None:
    column = read_target(rows([1.5, "soon", 2.5, math.inf, "", 3.5]), "kpi")

    assert column.usable.tolist() == [True, False, True, False, False, True]
    assert [str(one) for one in column.problems] == [
        "row 3: kpi 'soon' is no number. Write a number, or leave the cell empty. "
        "The row is left out.",
        "row 5: kpi is infinite, or beyond 1e15. Write a number. The row is left out.",
        "kpi is missing in 1 of 6 rows, which are left out. Fill it in to use them.",
    ]


def test_a_kpi_of_text_is_refused() -> None:
    with pytest.raises(BadCatalog) as error:
        read_target(rows(["high", "low", 3]), "kpi")

    assert str(error.value) == (
        "column 'kpi' holds text: 2 of 3 values are no numbers, the first in row 2: 'high'. "
        "Choose a column of numbers as the target."
    )


def test_one_slip_below_0_makes_no_other_kind_of_sales_and_is_told() -> None:
    cells = [(2 + i, {"sales": value}) for i, value in enumerate([*range(60), -5])]
    column = read_target(cells, "sales")

    assert column.kind == "count"
    assert [str(one) for one in column.problems] == [
        "row 62: sales -5 is below 0, which no count can be. Mend it, or choose the kind: as a "
        "'number' a figure may have any sign and size. The row is left out."
    ]
    assert read_target([*cells, (63, {"sales": -7})], "sales").kind == "number"


def test_a_constant_is_refused_and_a_negative_rate_left_out() -> None:
    with pytest.raises(CannotTrain, match="column 'kpi' is 4 in every row, so nothing can go with"):
        read_target(rows([4, 4.0, "4"]), "kpi")
    column = read_target(rows([0.1, -0.2, 0.3]), "kpi", kind="rate")

    assert str(column.problems[0]).startswith("row 3: kpi -0.2 is below 0, which no rate can be.")
    assert column.usable.tolist() == [True, False, True]


def test_below_a_hundred_products_it_is_refused_unless_forced(tmp_path: Path) -> None:
    assert refused(tmp_path, plain(60)) == (
        "60 rows have a usable 'sales'; below 100 its figures would be luck. "
        "Add products, or use --force and believe the intervals only."
    )
    assert "Forced with 60 products" in studied(tmp_path, plain(60), force=True).notes[0]
    assert "nothing can be learnt below 20" in refused(tmp_path, plain(12), force=True)


def test_columns_that_mean_two_things_are_refused(tmp_path: Path) -> None:
    shop = plain(120)

    assert refused(tmp_path, shop, features=("price", "sales")) == (
        "the target 'sales' is also named as a feature. A KPI cannot predict itself."
    )
    for told in ({"text": ("sales",)}, {"id": "sales"}, {"image_vectors": "sal*"}):
        assert refused(tmp_path, shop, columns=Columns(**told)) == (
            "the target 'sales' is also named as what products are told by. A KPI cannot predict "
            "itself: leave it out of text, id, photos and vectors."
        )
    assert refused(tmp_path, shop, weight="sales").startswith(
        "the target 'sales' is also the column of weight."
    )
    assert "there is no column 'pirce'. Did you mean 'price'?" in refused(
        tmp_path, shop, features=("pirce",)
    )
    assert refused(tmp_path, shop, weight="colour") == (
        "column 'colour' has no number above 0. Name another weight."
    )


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    shop = plain(110) | {f"column {k}": list(range(110)) for k in range(120)}

    assert refused(tmp_path, shop) == (
        "124 columns could be features, the most is 100. Name those to read with --features."
    )


def test_one_group_only_cannot_be_divided(tmp_path: Path) -> None:
    shop = {**plain(120), "maker": ["one"] * 120}

    assert refused(tmp_path, shop, group="maker") == (
        "all products belong to one group, so none can be held back. "
        "Name another column with --group, or leave it out."
    )


def test_copies_of_a_row_are_kept_together_and_told(tmp_path: Path) -> None:
    once = plain(60)
    twice = {name: values * 2 for name, values in once.items() if name != "sku"}
    twice["sku"] = [f"p{i}" for i in range(120)]
    study = studied(tmp_path, twice)

    assert study.division.fold[:60].tolist() == study.division.fold[60:].tolist()
    assert "60 rows are copies of another in all but the id: they are kept together." in study.notes
    assert not any("copies" in note for note in studied(tmp_path, plain(120)).notes)


def test_figures_beyond_all_measure_are_left_out(tmp_path: Path) -> None:
    shop = plain(121)
    shop["sales"][3], shop["price"][5] = 1e308, "1e200"
    study = studied(tmp_path, shop)

    assert len(study.sample) == 120
    assert np.isnan(study.sample.table.values["price"][4])  # row 5, less the one left out


def test_options_are_checked_before_anything_is_read() -> None:
    for told in ({"kind": "money"}, {"models": ("forest",)}, {"level": 1.5}, {"folds": 1}):
        with pytest.raises(BadSetting):
            KpiOptions(**told)  # type: ignore[arg-type]


def test_time_that_runs_backwards_is_put_in_order_and_said(tmp_path: Path) -> None:
    shop = plain(150)
    shop["day"] = [f"2024-{12 - i // 13:02d}-{28 - 2 * (i % 13):02d}" for i in range(150)]
    shop["day"][7] = "someday"
    study = studied(tmp_path, shop, time="day")

    assert study.notes[0] == "Time runs backwards down the column 'day': rows were put in order."
    assert "row 9: day 'someday' is no time. Write it like 2024-01-31." in str(study.problems[0])
    times = study.division.times
    assert times is not None
    for _, learning, held in study.division:
        assert times[learning].max() < times[held].min()
    assert study.notes[-1].startswith("The first ")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-Q3", date(2024, 7, 1)),
        ("2024-W02", date(2024, 1, 8)),
        ("2024-5", date(2024, 5, 1)),
        ("31.12.2023", date(2023, 12, 31)),
        ("2023", date(2023, 1, 1)),
        ("2024-01-31T12:00:00Z", date(2024, 1, 31)),
    ],
)
def test_dates_are_read_as_they_are_written(written: str, day: date) -> None:
    moments = read_moments([(2, {"t": written})], "t")

    assert moments.span == (day.isoformat(), day.isoformat())


def test_a_column_of_no_times_is_refused_and_a_future_told() -> None:
    with pytest.raises(BadCatalog, match="column 't' is no time in 2 of 2 rows, the first in row"):
        read_moments([(2, {"t": "a"}), (3, {"t": "b"})], "t")
    late = read_moments([(2, {"t": "2100-01-01"})], "t", today=date(2026, 1, 1))

    assert "lies in the future in 1 rows, the first is row 2" in str(late.problems[0])


def test_groups_and_near_duplicates_are_never_divided(tmp_path: Path) -> None:
    shop = {**plain(120), "title": [f"A long enough title {i // 3} of words" for i in range(120)]}
    shop["vector"] = ["[1, 2]", "[2, 1]"] * 60
    study = studied(tmp_path, shop, group="brand", columns=Columns(text_vectors="vector"))
    fold = study.division.fold

    for i in range(118):
        same_brand = shop["brand"][i] == shop["brand"][i + 1]
        if same_brand or shop["title"][i] == shop["title"][i + 1]:
            assert fold[i] == fold[i + 1]
    assert len(np.unique(study.sample.groups)) == 20  # thirds and halves together: sixes


def test_exposure_is_an_offset_of_counts_and_told(tmp_path: Path) -> None:
    shop = plain(120)
    shop["days"] = [10 + i % 50 for i in range(120)]
    shop["days"][3] = 0
    study = studied(tmp_path, shop, exposure="days")

    assert study.scale.link == "log-rate"
    assert "The exposure 'days' is used as an offset (per unit of it)" in study.notes[0]
    assert "row 5: days '0' is no exposure." in " ".join(map(str, study.problems))
    assert len(study.sample) == 119
    weighed = studied(tmp_path, shop, exposure="days", exposure_as="weight")
    assert weighed.scale.link == "log1p"
    assert np.ptp(weighed.sample.weights) > 1


def test_a_product_nobody_can_see_is_answered_from_its_named_columns(tmp_path: Path) -> None:
    shop = plain(120)
    shop["title"] = [f"a mug of {word}" for word in ["tin", "clay", "wood"] * 40]
    shop["title"][4] = ""
    study = studied(tmp_path, shop)
    (told,) = [str(one) for one in study.problems if one.field == "product"]

    assert told.endswith("Its named columns are read; add one of them for more.")
    assert len(study.sample) == 120


def test_leaks_are_left_out_and_told(tmp_path: Path) -> None:
    shop = plain(120)
    shop["paid"] = [3 * value + 1 for value in shop["sales"]]
    shop["units_sold"] = shop["width"]
    shop["sku"] = [f"p{value:05d}" for value in shop["sales"]]
    study = studied(tmp_path, shop)
    told = {one.column: one for one in study.alarms}

    assert study.sample.table.names == ("price", "colour", "width")
    assert told["paid"].reason == "all but equals 'sales' (rank correlation 1.000)"
    assert told["units_sold"].reason == "sounds like something known only when 'sales' is"
    assert told["sku"].reason.startswith("orders 'sales' (rank correlation 1.00")
    kept = studied(tmp_path, shop, features=("price", "paid"))
    assert kept.sample.table.names == ("price", "paid")
    assert str(kept.alarms[0]).endswith("It is used, as you named it.")


def test_a_text_that_holds_the_kpi_sets_off_an_alarm(tmp_path: Path) -> None:
    shop = plain(120)
    shop["title"] = [f"Jug for {sales} people number {i}" for i, sales in enumerate(shop["sales"])]
    shop["vector"] = ["[1, 2]", "[2, 1]"] * 60
    study = studied(tmp_path, shop, columns=Columns(text_vectors="vector"))

    assert any("holds the figure of 'sales'" in one.reason for one in study.alarms)
