"""Test that what is computed of a row has the same bits in any company, on several processors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from evalkit.support.batches import fixed_batches

PROGRAM = Path(__file__).parents[2] / "helpers" / "rows.py"
AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
}


def test_every_batch_has_the_same_shape_and_its_own_rows():
    shapes = []

    def double(x, labels, nothing):
        assert nothing is None
        shapes.append((x.shape, labels.shape))
        return 2 * x[:, 0] + labels

    x, labels = torch.arange(14.0).reshape(7, 2), torch.arange(7)
    parts = list(fixed_batches(double, x, labels, None, rows=3))
    assert shapes == [((3, 2), (3,))] * 3
    assert [at for at, _ in parts] == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert torch.equal(torch.cat([part for _, part in parts]), 2 * x[:, 0] + labels)
    assert not list(fixed_batches(double, x[:0], labels[:0], None, rows=3))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "instructions"),
    [((), {}), (("--no-bf16",), {}), (("--no-bf16",), AVX2)],
    ids=["as it is", "without bf16", "AVX2"],
)
def test_a_row_is_computed_alike_beside_any_rows_and_by_any_number_of_threads(
    arguments, instructions
):
    done = subprocess.run(
        [sys.executable, PROGRAM, *arguments],
        check=True, capture_output=True, text=True, env=os.environ | instructions,
    )  # fmt: skip
    assert json.loads(done.stdout) == []
