"""The statistics of the benchmarks."""

import numpy as np
import pytest

from bench.statistics import median, median_difference, percentile, share, slope


def noisy_blocks(shift: float, blocks: int = 8, seed: int = 1, drift: float = 20.0) -> list[list[float]]:
    """Values around 300 + `shift`; each block has a shift of its own, the same for the same index."""
    rng = np.random.default_rng(seed)
    common = np.random.default_rng(99).normal(scale=drift, size=blocks)
    return [list(300 + shift + common[i] + rng.normal(scale=8, size=25)) for i in range(blocks)]


def test_given_an_even_count_when_the_median_is_taken_then_it_lies_between_the_middle_two() -> None:
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5


def test_given_values_when_a_percentile_is_taken_then_it_is_interpolated() -> None:
    assert percentile([0.0, 10.0], 95) == pytest.approx(9.5)


def test_given_no_values_when_a_percentile_is_taken_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_given_a_true_difference_when_blocks_drift_then_the_interval_holds_it_and_not_zero() -> None:
    found = median_difference(noisy_blocks(0, drift=2), noisy_blocks(12, seed=2, drift=2))

    assert found.low < 12 < found.high
    assert found.low > 0
    assert found.low < found.value < found.high


def test_given_equal_sides_when_compared_then_the_interval_holds_zero() -> None:
    found = median_difference(noisy_blocks(0), noisy_blocks(0, seed=3))

    assert found.low < 0 < found.high


def test_given_the_same_seed_when_compared_twice_then_the_interval_is_the_same() -> None:
    left, right = noisy_blocks(0, blocks=2), noisy_blocks(3, blocks=2, seed=4)

    assert median_difference(left, right, seed=7) == median_difference(left, right, seed=7)


def test_given_a_block_without_values_when_compared_then_its_pair_is_left_out() -> None:
    found = median_difference([[1.0, 1.0], []], [[3.0, 3.0], [900.0]])

    assert (found.value, found.low, found.high) == (2.0, 2.0, 2.0)


def test_given_no_pair_with_values_when_compared_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="no pair"):
        median_difference([[1.0], []], [[], [2.0]])


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(0, 60, 0.0, 0.060), (60, 60, 0.940, 1.0), (5, 10, 0.237, 0.763)]
)
def test_given_a_share_then_its_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    found = share(count, of)

    assert (found.value, found.low, found.high) == pytest.approx((count / of, low, high), abs=0.001)


def test_given_points_on_a_line_when_the_slope_is_taken_then_it_is_the_lines() -> None:
    assert slope([(1, 5.0), (2, 7.5), (8, 22.5)]) == pytest.approx(2.5)


def test_given_one_x_when_the_slope_is_taken_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="two different"):
        slope([(3, 1.0), (3, 2.0)])
