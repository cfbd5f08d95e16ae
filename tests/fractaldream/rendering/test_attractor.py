import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fractaldream as fd

start = st.floats(-1, 1).filter(lambda v: v == 0 or abs(v) > 1e-6)
coefficient = st.floats(-3, 3).filter(lambda v: v == 0 or abs(v) > 1e-6)
parameters = st.tuples(start, start, coefficient, coefficient, coefficient, coefficient)


@pytest.mark.parametrize("view", ["tight", "fixed"])
@pytest.mark.parametrize("size", [128, 64])
def test_the_eight_symmetries_are_exact_to_the_last_count(view, size):
    recipe = fd.Recipe(iterations=20_000, size=size, view=view)
    rows = fd.draw_parameters(fd.Recipe(law="uniform", seed=2), np.arange(90), np.zeros(90))
    # an orbit that dies at the origin ends on a corner of four pixels
    rows = rows[fd.render_images(rows, recipe).cycle != 1][:40]
    members = [[m for m in fd.symmetry_orbit(row) if m.exact] for row in rows]
    flat = np.array([m.params for group in members for m in group])
    images = fd.render_images(flat, recipe, counts=True)
    counts = images.counts.reshape(40, 8, size, size)
    for group, drawn in zip(members, counts, strict=True):
        assert len({m.operation for m in group}) == 8
        for member, image in zip(group, drawn, strict=True):
            assert (member.apply(drawn[0]) == image).all()
    assert np.ptp(images.lyapunov.reshape(40, 8), axis=1).max() < 0.2


def test_operations_are_what_they_are_called():
    image = np.arange(9).reshape(3, 3)
    expected = {
        "identity": image,
        "mirror left-right": np.fliplr(image),
        "mirror up-down": np.flipud(image),
        "half turn": np.rot90(image, 2),
        "mirror in the rising diagonal": np.rot90(image, 2).T,
        "mirror in the falling diagonal": image.T,
        "quarter turn clockwise": np.rot90(image, -1),
        "quarter turn counterclockwise": np.rot90(image),
    }
    for member in fd.symmetry_orbit(np.ones(6)):
        assert (member.apply(image) == expected[member.operation]).all()
        assert (member.apply(image[None])[0] == expected[member.operation]).all()


def test_the_near_symmetry_mostly_draws_the_same_image():
    rows = fd.draw_parameters(fd.Recipe(seed=3), np.arange(200), np.zeros(200))
    near = [fd.symmetry_orbit(row)[8] for row in rows]
    assert not near[0].exact and near[0].operation == "identity"
    first = fd.render_images(rows)
    second = fd.render_images(np.array([m.params for m in near]))
    kept = first.visited >= 2458
    blocks = [
        i.levels[kept].reshape(-1, 32, 4, 32, 4).mean((2, 4)).reshape(kept.sum(), -1) / 255
        for i in (first, second)
    ]
    same = np.abs(blocks[0] - blocks[1]).mean(1)
    other = np.abs(blocks[0] - np.roll(blocks[1], 1, axis=0)).mean(1)
    assert np.median(same) < 0.3 * np.median(other)


@given(parameters)
@settings(deadline=None)
def test_symmetry_orbits_are_groups(params):
    orbit = fd.symmetry_orbit(np.array(params))
    assert orbit[0].params == params and orbit[0].operation == "identity"
    everything = {m.params for m in orbit}
    exact = {m.params for m in orbit if m.exact}
    for member in orbit:
        again = fd.symmetry_orbit(np.array(member.params))
        assert {m.params for m in again} == everything
        if member.exact:
            assert {m.params for m in again if m.exact} == exact


@given(parameters)
@settings(deadline=None)
def test_canonical_is_one_member_for_the_whole_orbit(params):
    for near in (False, True):
        chosen = fd.canonical(np.array(params), near=near)
        assert chosen in fd.symmetry_orbit(np.array(params))
        for member in fd.symmetry_orbit(np.array(params)):
            if member.exact or near:
                assert fd.canonical(np.array(member.params), near=near).params == chosen.params


def test_jacobian_is_the_derivative():
    params = np.array([0.1, 0.2, 1.1, -2.2, 0.7, 1.3])
    x, y, h = 0.3, -0.4, 1e-6

    def step(x, y):
        return fd.orbit(np.array([x, y, *params[2:]]), 2)[1]

    columns = [(step(x + h, y) - step(x - h, y)), (step(x, y + h) - step(x, y - h))]
    assert np.allclose(fd.jacobian(np.array([x, y]), params), np.array(columns).T / (2 * h))
