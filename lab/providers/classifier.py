"""Tells the class of a sentence from sentences whose class is known: kernel ridge regression, solved at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.providers.meaning import Vectors

Matrix = NDArray[np.floating[Any]]

_WIDTH = 2.0
"""Of the kernel: how quickly sentences of differing meaning stop counting."""
_RIDGE = 0.15
"""The higher, the less a single sentence counts against its neighbours."""


class Ground:
    """Sentences that all classifiers share. Their matrix, the slow part, is inverted once."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.inverse: Matrix = np.linalg.inv(_alike(vectors, vectors) + _RIDGE * np.eye(len(vectors)))


class Classifier:
    """The same sentences give the same answers: nothing in it is random."""

    def __init__(self, ground: Ground, labels: Sequence[str], own: Vectors, own_labels: Sequence[str], weight: float):
        """`labels`: the classes of the ground's sentences; `own`: further ones, which count `weight` times."""
        self.classes = tuple(sorted({*labels, *own_labels}))
        self._vectors = np.vstack([ground.vectors, own])
        shared, further = _known(labels, self.classes), _known(own_labels, self.classes)
        # by blocks: only what is new has to be solved
        across = _alike(ground.vectors, own)
        reached = ground.inverse @ across
        left = _alike(own, own) + _RIDGE / weight * np.eye(len(own)) - across.T @ reached
        of_own = np.linalg.solve(left, further - reached.T @ shared)
        self._answer: Matrix = np.vstack([ground.inverse @ shared - reached @ of_own, of_own])

    def scores(self, vectors: Vectors) -> Matrix:
        """A row for each sentence, a column for each of `classes`: near 1 for its class, near 0 for others."""
        return _alike(vectors, self._vectors) @ self._answer


def _known(labels: Sequence[str], classes: Sequence[str]) -> Matrix:
    column = {name: index for index, name in enumerate(classes)}
    known = np.zeros((len(labels), len(classes)))
    known[np.arange(len(labels)), [column[label] for label in labels]] = 1.0
    return known


def _alike(one: Vectors, other: Vectors) -> Matrix:
    return np.exp(_WIDTH * ((one @ other.T).astype(np.float64) - 1.0))
