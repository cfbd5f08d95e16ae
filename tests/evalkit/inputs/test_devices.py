"""Where networks compute."""

import pytest
import torch

from evalkit.inputs.devices import check_device
from fractaldream_base.errors import BadInput


def test_the_processor_is_always_here():
    check_device("cpu")


@pytest.mark.parametrize("device", ["tpu", "", "cuda:x", "meta"])
def test_what_is_no_device_is_refused(device):
    with pytest.raises(BadInput, match="no such device; give cpu or cuda"):
        check_device(device)


def test_a_device_that_is_not_here_is_refused():
    missing = f"cuda:{torch.cuda.device_count()}"
    with pytest.raises(BadInput, match=f"device {missing}: no such device here; give --device cpu"):
        check_device(missing)
