"""Parameters to images, whatever the threads, the lanes and the number of visits."""

import numpy as np

import fractaldream as fd

ROWS = fd.draw_parameters(fd.Recipe(law="uniform", seed=5), np.arange(40), np.zeros(40))


def test_an_image_does_not_depend_on_its_lane_or_its_neighbours():
    recipe = fd.Recipe(iterations=3000)
    whole = fd.render_images(ROWS, recipe)
    for k in (0, 23, 24, 39):
        alone = fd.render_images(ROWS[k], recipe)
        for name in ("levels", "visited", "lyapunov", "cycle", "extent"):
            assert getattr(alone, name)[0].tobytes() == getattr(whole, name)[k].tobytes()


def test_threads_do_not_matter():
    recipe = fd.Recipe(iterations=3000)
    single, three = (fd.render_images(ROWS, recipe, threads=t) for t in (1, 3))
    assert (single.levels == three.levels).all()
    assert single.lyapunov.tobytes() == three.lyapunov.tobytes()


def test_many_visits_need_and_get_wider_counts():
    point = np.array([0.5, 0.5, 0.1, 0.1, 0.1, 0.1])  # falls into the origin
    images = fd.render_images(point, fd.Recipe(iterations=70_000), counts=True)
    assert images.counts.dtype == np.uint32
    assert images.counts.sum() == 70_000 and images.counts.max() > 2**16
    assert images.cycle[0] == 1 and images.lyapunov[0] < 0
