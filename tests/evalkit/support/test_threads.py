"""Work side by side: the order of the results, one thread each, and errors."""

import pytest
import torch

from evalkit.support.threads import one_thread, side_by_side


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
