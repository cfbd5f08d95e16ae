"""The data set class for PyTorch: torchvision's conventions, and a DataLoader with workers."""

import pickle

import h5py
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from torchvision.transforms import v2

import fractaldream_models as fm
from fractaldream_base.errors import BadInput
from models_files import write_dataset

TENSOR = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])


@pytest.fixture
def path(tmp_path):
    path = write_dataset(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["index"] = np.arange(100, 160)
    return path


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "pack.h5"
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file["images"] = rng.integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)
        file["split"] = np.arange(10, dtype=np.uint8) % 5 == 0
        names = [f"{'dog' if k % 2 else 'cat'}/{k}.png" for k in range(10)]
        file["path"] = np.array(names, dtype=h5py.string_dtype())
        file.attrs["format_version"] = 1
        file.attrs["kind"] = "images"
    return path


def test_an_element_is_a_pil_image_and_its_parameters(path):
    data = fm.FractalDreamDataset(path, "train")
    image, params = data[5]
    with h5py.File(path) as file:
        rows = np.flatnonzero(file["split"][:] == 0)
        row = rows[5]
        levels, stored = file["images"][row], file["params"][row]
        table = file["palettes/kbc"][:]
    assert len(data) == len(rows) == len(data.params) == len(list(data))
    assert image.mode == "RGB" and np.array_equal(np.asarray(image), table[levels])
    assert params.dtype == torch.float32 and torch.equal(params, torch.from_numpy(stored).float())
    assert np.array_equal(data.params[5], stored) and data.param_names[0] == "x0"
    grey, _ = fm.FractalDreamDataset(path, "train", palette=None)[5]
    assert grey.mode == "L" and np.array_equal(np.asarray(grey), levels)


def test_splits_and_targets(path, pack):
    sizes = [
        len(fm.FractalDreamDataset(path, name)) for name in ("train", "validation", "test", None)
    ]
    assert sum(sizes[:3]) == sizes[3] == 60 and min(sizes) > 0
    assert fm.FractalDreamDataset(path, target="index")[7][1] == 107
    held_out = fm.FractalDreamDataset(pack, "validation", target="class")
    assert held_out.classes == ["cat", "dog"] and held_out.class_to_idx["dog"] == 1
    assert [target for _, target in held_out] == [0, 1]
    assert fm.FractalDreamDataset(pack, "train", target="index")[0][1] == 1
    doubled = fm.FractalDreamDataset(pack, target="index", target_transform=lambda t: 2 * t)
    assert doubled[3][1] == 6


def test_what_a_file_does_not_have_is_said_in_one_line(path, pack, tmp_path):
    for source, arguments, message in (
        (pack, {}, "no parameters; give target='index'"),
        (path, {"target": "class"}, "no classes"),
        (path, {"target": "label"}, "give one of params, index, class"),
        (path, {"split": "valid"}, "give one of train, validation, test"),
        (pack, {"split": "test", "target": "index"}, "it has train, validation"),
        (path, {"palette": "jet"}, "palette 'jet'"),
    ):
        with pytest.raises(BadInput, match=message):
            fm.FractalDreamDataset(source, **arguments)
    other = tmp_path / "other.h5"
    other.write_bytes(b"no HDF5")
    with pytest.raises(BadInput, match="not an HDF5 file"):
        fm.FractalDreamDataset(other)


@pytest.mark.parametrize("part", ["images", "split", "params", "palettes", "index"])
def test_a_damaged_part_is_said_in_one_line(path, part):
    with h5py.File(path) as file:
        address = h5py.h5o.get_info(file[part].id).addr
    with path.open("r+b") as file:
        file.seek(address)
        file.write(bytes(64))
    with pytest.raises(BadInput, match=r"damaged .*copy it again"):
        fm.FractalDreamDataset(path, target="index")


def test_a_damaged_image_is_said_in_one_line(pack):
    with h5py.File(pack, "a") as file:
        images = file["images"][:]
        del file["images"]
        file.create_dataset("images", data=images, chunks=(5, 8, 8, 3), fletcher32=True)
        place = file["images"].id.get_chunk_info(1).byte_offset
    with pack.open("r+b") as file:
        file.seek(place)
        file.write(bytes(64))
    data = fm.FractalDreamDataset(pack, target="class")
    data[0]
    with pytest.raises(BadInput, match=r"damaged .*copy it again"):
        data[9]


# a spawned process imports torch, which takes seconds
@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_workers_open_the_file_for_themselves(path, method):
    data = fm.FractalDreamDataset(path, "train", TENSOR)
    whole = torch.stack([image for image, _ in data])  # the file is open before workers start
    loader = DataLoader(data, batch_size=8, num_workers=2, multiprocessing_context=method)
    batches = list(loader)
    assert torch.equal(torch.cat([images for images, _ in batches]), whole)
    assert torch.equal(torch.cat([params for _, params in batches]), data.targets)


def test_it_is_pickled_without_its_handle_and_found_from_another_folder(
    path, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    data = fm.FractalDreamDataset(path.name)
    data[0]
    monkeypatch.chdir("/")
    again = pickle.loads(pickle.dumps(data))
    assert np.array_equal(np.asarray(again[3][0]), np.asarray(data[3][0]))
