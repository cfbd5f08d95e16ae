"""Work side by side: the order of the results, one thread each, and errors."""

import threading
import time

import pytest
import torch

from evalkit.support.threads import beside, one_thread, side_by_side


@pytest.fixture(params=[1, 2])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_items(threads):
    assert list(side_by_side(lambda x: x * x, range(20))) == [x * x for x in range(20)]
    assert torch.get_num_threads() == threads


def test_the_body_has_one_thread_and_the_number_comes_back(threads):
    with pytest.raises(ValueError), one_thread():
        assert torch.get_num_threads() == 1
        raise ValueError
    assert torch.get_num_threads() == threads


def test_an_error_of_one_item_reaches_the_caller(threads):
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda x: 1 / x, [1, 0, 2]))


def test_what_runs_beside_has_one_thread_and_hands_its_result_over(threads):
    with beside(torch.get_num_threads) as result:
        assert torch.get_num_threads() == 1
        assert result() == 1
    assert torch.get_num_threads() == threads
    with beside(lambda: 1 / 0) as result, pytest.raises(ZeroDivisionError):
        result()


def test_what_runs_beside_is_interrupted_with_the_body():
    began, stopped = threading.Event(), threading.Event()

    def endless():
        try:
            began.set()
            while True:
                time.sleep(0.01)
        finally:
            stopped.set()

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyboardInterrupt), beside(endless):
            assert began.wait(10)
            raise KeyboardInterrupt
    finally:
        torch.set_num_threads(before)
    assert stopped.is_set()
