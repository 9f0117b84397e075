"""Everyday topics of telephone calls, each by sentences that people say: what the scripted model knows of English."""

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from lab.providers.meaning import Meaning, Vectors
from shared.config import cache_dir
from shared.files import write_whole

Kind = Literal["question", "wish", "trouble", "act"]

_FILE = Path(__file__).with_name("everyday.yaml")


@dataclass(frozen=True)
class Topics:
    kinds: dict[str, Kind]
    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    """The topic of each sentence."""
    vectors: Vectors
    """Of the sentences, a row each."""


def load_topics(meaning: Meaning) -> Topics:
    """Reads everyday.yaml; the vectors of its sentences, which take seconds, are kept in the user's cache."""
    text = _FILE.read_bytes()
    # libyaml's parser: the other one takes a third of a second
    known: dict[str, dict[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    pairs = [(topic, sentence) for topic, about in known.items() for sentence in about["say"]]
    sentences = tuple(sentence for _, sentence in pairs)
    return Topics(
        {topic: about["kind"] for topic, about in known.items()},
        sentences,
        tuple(topic for topic, _ in pairs),
        _vectors(meaning, sentences, cache_dir() / f"everyday-{hashlib.sha256(text).hexdigest()[:16]}.npy"),
    )


def _vectors(meaning: Meaning, sentences: Sequence[str], kept: Path) -> Vectors:
    try:
        vectors: Vectors = np.load(kept, allow_pickle=False)
    except (OSError, ValueError):
        vectors = meaning.of(sentences)
        file = io.BytesIO()
        np.save(file, vectors, allow_pickle=False)
        # a machine without a home computes them each time
        with suppress(OSError):
            write_whole(kept, file.getvalue())
    return vectors
