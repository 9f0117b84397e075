"""Everyday topics of telephone calls, each by sentences that people say: what the scripted model knows of English."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from lab.providers.meaning import Meaning, Vectors

Kind = Literal["question", "wish", "trouble", "act"]

_FOLDER = Path(__file__).with_name("everyday")


@dataclass(frozen=True)
class Topics:
    kinds: dict[str, Kind]
    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    """The topic of each sentence."""
    vectors: Vectors
    """Of the sentences, a row each."""


def load_topics(meaning: Meaning) -> Topics:
    """Reads everyday/; the vectors of its sentences, which take seconds to compute, are kept in the user's cache."""
    text = b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.yaml")))
    # libyaml's parser: the other one takes a third of a second
    known: dict[str, dict[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    pairs = [(topic, sentence) for topic, about in known.items() for sentence in about["say"]]
    sentences = tuple(sentence for _, sentence in pairs)
    return Topics(
        {topic: about["kind"] for topic, about in known.items()},
        sentences,
        tuple(topic for topic, _ in pairs),
        _vectors(meaning, sentences, hashlib.sha256(text).hexdigest()[:16]),
    )


def _vectors(meaning: Meaning, sentences: Sequence[str], version: str) -> Vectors:
    try:
        kept = Path.home() / ".cache" / "pickup" / f"everyday-{version}.npy"
        return np.load(kept, allow_pickle=False)
    except (OSError, ValueError, RuntimeError):
        vectors = meaning.of(sentences)
    # without a home that can be written to they are computed each time
    with suppress(OSError, RuntimeError):
        kept = Path.home() / ".cache" / "pickup" / f"everyday-{version}.npy"
        kept.parent.mkdir(parents=True, exist_ok=True)
        # another process may write it at the same time: the last one's file is whole
        part = kept.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.save(file, vectors, allow_pickle=False)
        part.replace(kept)
    return vectors
