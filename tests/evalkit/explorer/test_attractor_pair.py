"""FD(v) beside G(v): the same latents as in the correspondence test, for every law."""

import dataclasses
from types import SimpleNamespace

import numpy as np

import fractaldream as fd
from evalkit.explorer.attractor_pair import TrueAttractor, true_attractor_of
from evalkit.family.renderer import renderer_of


@dataclasses.dataclass
class Model:
    """Stands for a model of six latents that was trained on pairs."""

    size: int = 16
    channels: int = 1
    latent: int = 6
    conditional: bool = False
    encodes: bool = False

    def __post_init__(self):
        self.network = SimpleNamespace(metrics={"paired": 1})
        self.data = {
            "param_names": list(fd.recipe.PARAM_NAMES),
            "param_mean": [0.0] * 6,
            "param_scale": [0.5] * 6,
        }

    def decode(self, z):
        self.z = z
        return np.zeros((len(z), 1, self.size, self.size), np.float32)


def test_a_model_of_pairs_gets_the_latents_of_its_own_units():
    model = Model(size=32)
    renderer = renderer_of(None, mapping="standard", size=32, palette=None)
    v = np.full(6, 0.5)
    TrueAttractor(renderer, model, "G(v)").pair(v)
    assert np.allclose(model.z, renderer.parameters(v[None]) / 0.5)
    assert not np.allclose(model.z, v)


def test_a_law_with_constant_parameters_is_shown(tmp_path):
    file = tmp_path / "p.h5"
    fd.render(fd.Recipe(n=4, size=32, law="pickover", iterations=2000), file)
    data = SimpleNamespace(
        param_names=fd.recipe.PARAM_NAMES, name=str(file), data=SimpleNamespace(facts=None)
    )
    assert true_attractor_of(data, Model(size=32), "standard").way == "G(v)"
