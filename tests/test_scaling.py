"""Vectors are scaled as written, and gradients find the way back."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.models.scaling import Scaling

KINDS = {
    "unit": (False, False),
    "root": (True, False),
    "centred": (False, True),
    "root, centred": (True, True),
}


def block(n: int = 8, dim: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_have_unit_length_and_size_does_not_matter(kind: str) -> None:
    power, centre = KINDS[kind]
    rows = block()
    scaling = Scaling.fit(rows, power=power, centre=centre)
    scaled = scaling.apply(rows)
    assert scaled.dtype == np.float32
    assert np.linalg.norm(scaled, axis=1) == pytest.approx(np.ones(8), abs=1e-6)
    if not power:  # the softened root is a little steeper for small values
        assert scaling.apply(rows * np.float32(1000)) == pytest.approx(scaled, abs=1e-6)


def test_the_root_is_the_one_written_and_keeps_signs() -> None:
    rows = np.array([[4.0, -1.0, 0.0]], np.float32)
    expected = np.array([2.0, -1.0, 0.0]) + np.array([1, -1, 0]) * (
        np.sqrt([4.001, 1.001, 0.001]) - np.sqrt([4, 1, 0]) - np.sqrt(0.001)
    )
    expected /= np.linalg.norm(expected)
    assert Scaling(power=True).apply(rows)[0] == pytest.approx(expected, abs=1e-6)


def test_a_loud_channel_is_quieter_after_the_root() -> None:
    rows = np.array([[100.0, 1.0, 1.0, 1.0]], np.float32)
    loud = Scaling(power=False).apply(rows)[0, 0], Scaling(power=True).apply(rows)[0, 0]
    assert loud[0] > 0.999
    assert loud[1] < 0.99


def test_rows_of_zeros_stay_zeros_unless_centred() -> None:
    nothing = np.zeros((1, 5), np.float32)
    for power in (False, True):
        assert not Scaling(power).apply(nothing).any()
        assert np.isfinite(Scaling(power).pull_back(nothing, np.ones((1, 5), np.float32))).all()
    centred = Scaling.fit(block(), power=False, centre=True)
    assert centred.apply(nothing)[0] == pytest.approx(
        -centred.mean / np.linalg.norm(centred.mean), abs=1e-6
    )


def test_the_mean_is_that_of_the_scaled_rows() -> None:
    rows = block()
    centred = Scaling.fit(rows, power=True, centre=True)
    assert centred.mean == pytest.approx(Scaling(power=True).apply(rows).mean(axis=0), abs=1e-7)
    assert Scaling.fit(rows, power=True, centre=False).mean is None


@pytest.mark.parametrize("kind", KINDS)
def test_pulling_back_is_the_derivative(kind: str) -> None:
    power, centre = KINDS[kind]
    scaling = Scaling.fit(block(40, seed=1), power=power, centre=centre)
    rows = block() + np.sign(block()) * np.float32(0.2)  # away from the bend at zero
    cotangent = block(seed=2)
    exact = scaling.pull_back(rows, cotangent)
    step = np.float32(2e-3)
    measured = np.zeros_like(rows)
    for column in range(rows.shape[1]):
        moved = np.zeros_like(rows)
        moved[:, column] = step
        change = scaling.apply(rows + moved) - scaling.apply(rows - moved)
        measured[:, column] = (change * cotangent).sum(axis=1) / (2 * step)
    assert exact.dtype == np.float32
    assert exact == pytest.approx(measured, abs=2e-3 * float(np.abs(exact).max()))


def test_the_slope_at_zero_is_finite_and_that_of_the_softened_root() -> None:
    rows = np.array([[0.0, 3.0]], np.float32)
    pulled = Scaling(power=True).pull_back(rows, np.array([[1.0, 0.0]], np.float32))[0, 0]
    length = np.sqrt(3.001) - np.sqrt(0.001)
    assert pulled == pytest.approx(0.5 / np.sqrt(0.001) / length, rel=1e-4)
