"""Operations of a training step."""

import pytest

from fractaldream_models.settings import override, preset
from fractaldream_models.training.step_cost import fresh_step, gflop_per_image
from small_runs import small


def test_twice_the_width_costs_more_and_a_lazy_penalty_its_share():
    narrow, wide = (
        gflop_per_image(small(kind="dcgan4", width=width), 32, 1) for width in (0.1, 0.2)
    )
    assert 2 < wide / narrow < 4.5
    penalty = {"kind": "dcgan4", "width": 0.1, "r1_weight": 1.0}
    always, seldom = (
        gflop_per_image(small(**penalty, penalty_every=every), 32, 1) for every in (1, 10)
    )
    assert seldom - narrow == pytest.approx((always - narrow) / 10, rel=1e-6)


@pytest.mark.parametrize(("name", "labelled"), [("vae-linear-mnist", False), ("csvae-mnist", True)])
def test_a_batch_of_noise_has_labels_where_the_kind_learns_from_them(name, labelled):
    settings = override(preset(name), {"width": 0.1})
    _, (images, labels, _) = fresh_step(settings, 4, 28, 1)
    assert images.shape == (4, 1, 28, 28) and (labels is not None) == labelled
