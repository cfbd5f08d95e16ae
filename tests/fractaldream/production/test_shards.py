"""Images in shards."""

import numpy as np
import pytest

import fractaldream as fd
from fractaldream.production.shards import (
    MAX_ATTEMPTS,
    Candidate,
    Work,
    at_work,
    deflate,
    make_parts,
    shard_path,
)


def test_deflate_is_read_by_zlib():
    import zlib

    values = np.random.default_rng(0).integers(0, 9, (64, 64), np.uint8)
    assert zlib.decompress(deflate(values)) == values.tobytes()


RECIPE = fd.Recipe(n=12, size=32, iterations=2000)


def parts_of(work, *bounds):
    left = iter(bounds)
    return sorted(make_parts(work, lambda: next(left, None)), key=lambda part: part.start)


def test_parts_are_the_same_whatever_their_bounds():
    (whole,) = parts_of(Work(RECIPE), (0, 12))
    pieces = parts_of(Work(RECIPE), (0, 5), (5, 12))
    for name, column in whole.columns.items():
        joined = np.concatenate([piece.columns[name] for piece in pieces])
        assert np.array_equal(joined, column), name


def test_an_error_of_one_thread_ends_the_work_of_all():
    def refuse(part):
        raise OSError("no space")

    with (
        pytest.raises(OSError, match="no space"),
        at_work(Work(RECIPE, threads=2), [(0, 6), (6, 12)], refuse) as working,
    ):
        while working():
            pass


def test_a_recipe_that_refuses_all_draws_names_its_image():
    (part,) = parts_of(Work(RECIPE), (4, 5))
    candidate = Candidate(part, 0, MAX_ATTEMPTS - 1)
    with pytest.raises(fd.BadInput, match=r"image 4: .* draws in a row were refused"):
        candidate.refuse(0)


def test_names_sort_as_their_images_do(tmp_path):
    names = [shard_path(tmp_path, start).name for start in (9, 10, 10**6)]
    assert names == sorted(names)
