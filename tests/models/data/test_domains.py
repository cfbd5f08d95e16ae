"""Two data sets as the two classes of one."""

import pytest
import torch

import fractaldream_models as fm
from fractaldream_base.errors import BadInput
from fractaldream_models.data.domains import join_domains
from fractaldream_models.data.sources import DataOptions, open_data


def test_two_data_sets_become_the_two_classes_of_one(places):
    second = str(places / "fine.h5")
    first, other = (open_data(places / name) for name in ("coarse.h5", "fine.h5"))
    both = open_data(places / "coarse.h5", DataOptions(second=second))
    assert both.facts["class_names"] == ["coarse", "fine"] and both.classes == 2
    assert both.labels.tolist() == [0] * 60 + [1] * 40
    assert both.labels[both.validation[:6]].tolist() == [0, 1] * 3
    assert both.facts["read"]["second"] == second
    assert len(both.train) == len(first.train) + len(other.train)
    given = torch.cat([first.in_units(), other.in_units()])
    assert torch.allclose(both.in_units(), given, atol=1e-5)
    assert both.params[both.train].mean(0).abs().max() < 1e-5  # standardised together


def test_the_levels_of_two_palettes_become_colours(places):
    first = open_data(places / "coarse.h5")
    grey = fm.Data(**{**vars(first), "palette": first.palette.flip(0)})
    both = join_domains(first, grey, ("a.h5", "a.h5"))
    assert both.channels == 3 and both.palette is None
    assert both.facts["class_names"] == ["first", "second"]
    for data, row in ((first, 0), (grey, len(first.images))):
        expected = data.batch(torch.tensor([0]), (0, 1))
        assert torch.equal(both.batch(torch.tensor([row]), (0, 1)), expected)


def test_one_data_set_cannot_be_both_domains(places):
    first = str(places / "coarse.h5")
    for second in (first, f"{places}/../{places.name}/coarse.h5"):
        with pytest.raises(BadInput, match="is the first domain already; give another one"):
            open_data(first, DataOptions(second=second))
