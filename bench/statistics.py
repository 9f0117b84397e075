"""The statistics of a comparison. Nothing here knows what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 4_000

Blocks = Sequence[Sequence[float]]
"""Figures in the blocks in which they were taken; block i of one side was taken next to block i of the other."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


def median(values: Sequence[float]) -> float:
    """Raises ValueError when there are none."""
    return percentile(values, 50)


def percentile(values: Sequence[float], rank: float) -> float:
    """`rank` 0 … 100, interpolated. Raises ValueError when there are no values."""
    if not values:
        raise ValueError("no values")
    return float(np.percentile(np.asarray(values, np.float64), rank))


def median_difference(left: Blocks, right: Blocks, seed: int = 0) -> Interval:
    """Median of `right` minus median of `left`, by a two-stage bootstrap: whole pairs of blocks, then values in them.

    So what a block has in common (a noisy moment of the machine) doesn't pass for certainty. Blocks that are empty on
    either side are left out. Raises ValueError when none is left.
    """
    pairs = [(np.asarray(a, float), np.asarray(b, float)) for a, b in zip(left, right, strict=True) if a and b]
    if not pairs:
        raise ValueError("no pair of blocks has values on both sides")
    rng = np.random.default_rng(seed)
    differences = np.empty(_RESAMPLES)
    for index in range(_RESAMPLES):
        drawn = [pairs[i] for i in rng.integers(len(pairs), size=len(pairs))] if len(pairs) > 1 else pairs
        one, other = (np.concatenate([_redrawn(pair[side], rng) for pair in drawn]) for side in (0, 1))
        differences[index] = np.median(other) - np.median(one)
    value = np.median(np.concatenate([b for _, b in pairs])) - np.median(np.concatenate([a for a, _ in pairs]))
    low, high = np.percentile(differences, (2.5, 97.5))
    return Interval(float(value), float(low), float(high))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By least squares: how much y grows with each x. Raises ValueError with fewer than two different x."""
    if len({x for x, _ in points}) < 2:
        raise ValueError("a slope needs two different x")
    xs, ys = np.asarray(points, np.float64).T
    return float(np.cov(xs, ys, bias=True)[0, 1] / np.var(xs))


def _redrawn(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", rng: np.random.Generator) -> "np.ndarray":
    return values[rng.integers(len(values), size=len(values))]
