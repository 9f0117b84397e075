# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1"]
# ///
"""Trains `shared.domain.language.danger_net` on scripts/danger_corpus/ and writes its weights.

    .venv/bin/uv run --no-project scripts/danger_net.py

Prints what the net finds of utterances that it wasn't trained on (five parts, each in turn left out). The same corpus
gives the same weights.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from shared.domain.language.danger_net import HARMLESS, grams  # noqa: E402
from shared.domain.language.safety import LIKELY  # noqa: E402
from shared.domain.language.text import words  # noqa: E402

WEIGHTS = ROOT / "shared" / "domain" / "language" / "danger_net.tsv"
LEAST_UTTERANCES = 2
"""In which a gram must be, to have a weight."""
SOFTNESS = 10.0
"""The inverse of the regularisation: higher fits the corpus closer."""


def main() -> None:
    texts, labels = corpus()
    counter = CountVectorizer(analyzer=grams, binary=True, min_df=LEAST_UTTERANCES)
    lengths = [1 / np.sqrt(max(1, len(grams(text)))) for text in texts]
    features = csr_matrix(diags(lengths) @ counter.fit_transform(texts))
    model = LogisticRegression(C=SOFTNESS, max_iter=3000)
    harmless = sorted(set(labels)).index(HARMLESS)
    parts = StratifiedKFold(5, shuffle=True, random_state=0)
    danger = 1 - cross_val_predict(model, features, labels, cv=parts, method="predict_proba")[:, harmless]
    for label in sorted(set(labels)):
        found = danger[np.array(labels) == label] >= LIKELY
        print(f"{label}: {found.sum()} of {len(found)} found")
    model.fit(features, labels)
    rows = zip(counter.get_feature_names_out(), model.coef_.T, strict=True)
    weights = {"": model.intercept_} | dict(sorted(rows))
    lines = ["\t".join(map(str, ("", *model.classes_)))]
    lines += ["\t".join((gram, *(f"{weight:.2f}" for weight in row))) for gram, row in weights.items()]
    WEIGHTS.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(weights)} words and pairs, {WEIGHTS.stat().st_size // 1000} kB")


def corpus() -> tuple[list[str], list[str]]:
    """Each utterance once, as the net reads it, and its label: what its file's name begins with."""
    labelled: dict[str, str] = {}
    for path in sorted((ROOT / "scripts" / "danger_corpus").glob("*.txt")):
        label = path.stem.partition("-")[0]
        labelled |= {words(utterance): label for utterance in path.read_text("utf-8").splitlines()}
    return list(labelled), list(labelled.values())


if __name__ == "__main__":
    main()
