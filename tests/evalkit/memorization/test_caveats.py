"""Sentences for figures that mislead."""

import pytest

from evalkit.memorization.caveats import manifold_caveats


@pytest.mark.parametrize(
    "figures, words",
    [
        ((0.9, 0.1, 1.0), ["very low recall"]),
        ((0.1, 0.9, 0.5), ["very low precision"]),
        ((0.1, 0.1, 0.1), ["both very low"]),
        ((0.3, 0.0, 0.1), ["Density (0.100) and recall (0.000) are both very low"]),
        ((0.5, 0.5, 3.0), ["crowd together"]),
        ((0.9, 0.8, 1.0), []),
        ((0.9, 0.8), []),
    ],
)
def test_each_misleading_case_has_its_sentence(figures, words):
    sentences = manifold_caveats(*figures)
    assert len(sentences) == len(words)
    assert all(word in sentence for word, sentence in zip(words, sentences, strict=True))
