"""Settings that were asked for by name, and those of them that mean nothing."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.requested import check_effect, request_settings


def test_a_weight_of_the_penalty_beside_clipping_is_refused(tmp_path):
    named = request_settings({"kind": "wgan", "clip": 0.01, "critic_penalty_weight": 5.0})
    with pytest.raises(BadInput, match=r"means nothing with clip=0.01"):
        check_effect(named, str(tmp_path), None)


def test_a_setting_counts_where_one_of_two_data_sets_has_a_use_for_it(places):
    (places / "photos").mkdir()
    named = request_settings({"kind": "cogan", "palette": "fire"})
    photos, levels = str(places / "photos"), str(places / "fine.h5")
    check_effect(named, photos, None, second=levels)
    with pytest.raises(BadInput, match="palette: means nothing"):
        check_effect(named, photos, None, second=photos)
