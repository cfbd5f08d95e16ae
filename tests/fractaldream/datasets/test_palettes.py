"""Palettes are those of the libraries that they come from."""

import pytest

import fractaldream as fd
from fractaldream.datasets.palettes import from_source


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("dataset") / "small.h5"
    fd.render(fd.Recipe(n=40), path, options=fd.RenderOptions(counts=True))
    return path


@pytest.mark.parametrize("name", ["kbc", "inferno", "viridis"])
def test_palettes_are_colorcets_and_matplotlibs(path, name):
    with fd.open(path) as data:
        assert (data.palette(name)[1:] == from_source(name)[1:]).all()
        assert data.palette(name)[0].tolist() == [255, 255, 255]
        assert (fd.to_rgb(data[3], name) == data.rgb(3, name)).all()
