"""The check whether images are renderings of an attractor."""

import numpy as np
from scipy.ndimage import gaussian_filter

from evalkit.correspondence.image_check import check_images, true_detail
from evalkit.correspondence.nulls.generators import smooth_network
from evalkit.correspondence.session import ProbeImages, Session
from quick_ladder import QUICK, fewer


def test_renderings_are_told_from_blurred_and_smooth_images(usual, learnt):
    with fewer():
        session = Session.render(usual, learnt[0], QUICK)
        true = true_detail(usual, ProbeImages.render(session, []))
    rng = np.random.default_rng(3)
    fresh = usual.small(0.6 * rng.standard_normal((48, 6)))  # of another law, too
    blurred = np.stack([gaussian_filter(image, (0, 1, 1)) for image in fresh])
    smooth = smooth_network(6, rng, channels=3)(rng.standard_normal((48, 6)))
    assert check_images(fresh, true).near > 38
    assert check_images(blurred, true).near < 10
    assert check_images(smooth, true).near < 10
