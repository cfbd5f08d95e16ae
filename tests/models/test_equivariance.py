"""A generator that has the symmetries of a law, compared with the renderer's own symmetries."""

import json

import h5py
import numpy as np
import pytest
import torch

from evalkit.family.symmetry import OPERATIONS, permutation, turned
from fractaldream_base.errors import BadInput
from fractaldream_models.checkpoint import load
from fractaldream_models.equivariance import LAWS
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from fractaldream_models.training.planning import plan
from models_files import write_dataset
from small_runs import fit, small

DIAGONAL = [(False,) * 3, (False, True, True), (True,) * 3, (True, False, False)]  # of fdd


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", ["gan", "aae-sharp", "aae"])
def test_the_generator_has_every_symmetry_of_the_law_and_no_other(law, kind):
    torch.manual_seed(0)
    model = build(ModelConfig(kind, 16, 1, 6, width=0.1, equivariant=law)).eval()
    z = torch.randn(64, 6, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        images = model.decode(z).numpy()
        for operation in OPERATIONS:
            matrix = torch.from_numpy(permutation(operation)).float()
            moved = model.decode(z @ matrix).numpy()
            same = np.abs(moved - turned(images, *operation)).max() < 1e-5
            assert same == (law != "fdd" or operation in DIAGONAL), operation
    assert images.std(0).max() > 1e-3


def test_it_learns_and_its_checkpoint_rebuilds_it(tmp_path):
    path = write_dataset(tmp_path / "data.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["recipe"] = json.dumps({"law": "normal"})
    result = fit(str(path), tmp_path / "run", kind="gan", epochs=1, equivariant="normal")
    model = load(result.checkpoint)
    half_turn = torch.tensor([-1.0, -1, 1, 1, 1, 1])
    z = torch.randn(8, 6)
    torch.testing.assert_close(model.decode(z * half_turn), model.decode(z).flip(2, 3))
    with pytest.raises(BadInput, match=r"follows the law normal; give equivariant=normal"):
        plan(str(path), small(equivariant="fdd"))
    with pytest.raises(BadInput, match=r"six latents|6 latents.*add --set latent=6"):
        plan(str(path), small(equivariant="normal", latent=5))
    plain = str(write_dataset(tmp_path / "plain.h5"))
    with pytest.raises(BadInput, match="follows no law"):
        plan(plain, small(equivariant="normal"))
