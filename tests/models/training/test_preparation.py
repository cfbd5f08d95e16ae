"""What a resumed run remembers of its data."""

import shutil

import pytest

from domain_files import fit
from fractaldream_base.errors import BadInput
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.trainer import train


def test_the_second_data_set_is_remembered_and_must_stay_the_same(places):
    fit(places, "run", kind="cogan", latent=3, epochs=1)
    options = TrainOptions(device="cpu", resume=True)
    assert train(places / "coarse.h5", places / "run", {"epochs": 2}, options=options).epochs == 2
    shutil.copy(places / "coarse.h5", places / "third.h5")
    with pytest.raises(BadInput, match="other images"):
        other = TrainOptions(device="cpu", resume=True, second=str(places / "third.h5"))
        train(places / "coarse.h5", places / "run", {"epochs": 3}, options=other)
