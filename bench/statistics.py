"""Statistics of a comparison: medians, percentiles, bootstrap intervals, slopes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 4_000
_Z = 1.96

Blocks = Sequence[Sequence[float]]
"""Figures by block of measurement; block i of one side ran next to block i of the other."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


def median(values: Sequence[float]) -> float:
    """The median. Raises ValueError without values."""
    return percentile(values, 50)


def percentile(values: Sequence[float], rank: float) -> float:
    """`rank` 0 … 100, interpolated. Raises ValueError without values."""
    if not values:
        raise ValueError("no values")
    return float(np.percentile(np.asarray(values, np.float64), rank))


def median_difference(left: Blocks, right: Blocks, seed: int = 0) -> Interval:
    """Median of `right` minus median of `left`, by a two-stage bootstrap: whole pairs of blocks, then values in them.

    Drawing whole blocks keeps a noisy moment of the machine, which a block shares, from narrowing the interval. Pairs
    with an empty block are left out. Raises ValueError when none is left.
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


def share(count: int, of: int) -> Interval:
    """`count` of `of` as a share, with Wilson's interval, which holds at 0 and 1 too. Raises ValueError for none."""
    if of < 1:
        raise ValueError("no values")
    value, z2 = count / of, _Z * _Z
    centre = (value + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(value * (1 - value) / of + z2 / (4 * of * of))
    return Interval(value, max(0.0, centre - half), min(1.0, centre + half))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of y over x by least squares. Raises ValueError with fewer than two different x."""
    if len({x for x, _ in points}) < 2:
        raise ValueError("a slope needs two different x")
    xs, ys = np.asarray(points, np.float64).T
    return float(np.cov(xs, ys, bias=True)[0, 1] / np.var(xs))


def _redrawn(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", rng: np.random.Generator) -> "np.ndarray":
    return values[rng.integers(len(values), size=len(values))]
