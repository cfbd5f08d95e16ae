"""Several processes compute what one computes with the same batch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractaldream_models.distributed.collectives import Processes
from process_pair import CASES, three_steps, worker


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    torch.multiprocessing.spawn(worker, (2, str(folder)), nprocs=2)
    both = [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in (0, 1)]
    assert [errors for _, errors in both] == [["BadInput: no"], ["Elsewhere: no"]]
    return [values for values, _ in both]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(CASES)), ids=["-".join(case) for case in CASES])
def test_two_processes_step_as_one_does(number, by_two):
    torch.set_default_dtype(torch.float64)
    try:
        losses, weights = three_steps(Processes(), *CASES[number])
    finally:
        torch.set_default_dtype(torch.float32)
    for process in by_two:
        for a, b in zip(losses, process[number][0], strict=True):
            assert {k: float(v) for k, v in b.items()} == pytest.approx(
                {k: float(v) for k, v in a.items()},
                rel=1e-5,
                abs=5e-7,  # near 0, from float32
            )
        for name, weight in weights.items():
            torch.testing.assert_close(process[number][1][name], weight, rtol=1e-4, atol=1e-7)
    for name in weights:  # all processes hold the same model, to the bit
        assert torch.equal(by_two[0][number][1][name], by_two[1][number][1][name])


@given(st.integers(1, 6), st.integers(0, 9))
def test_shares_have_no_overlap_and_lose_nothing(size, each):
    rows = torch.randperm(size * each)
    shares = [Processes(rank, size).share(rows) for rank in range(size)]
    assert torch.equal(torch.cat(shares), rows) and {len(s) for s in shares} == {each}
