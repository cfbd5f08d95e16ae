"""Dataset files, folders and MNIST: what comes out, and what is refused."""

import h5py
import numpy as np
import pytest
import torch
from fractaldream_models.data.tensors import open_data
from fractaldream_models.errors import BadInput
from models_files import write_dataset, write_mnist
from PIL import Image


def test_a_dataset_file_keeps_levels_and_colours_them_late(tmp_path):
    data = open_data(str(write_dataset(tmp_path / "a.h5")))
    assert data.images.dtype == torch.uint8 and data.images.shape == (60, 1, 16, 16)
    assert len(data.validation) == 12 and not set(data.train.tolist()) & set(range(0, 60, 5))
    batch = data.batch(data.train[:4], (-1, 1))
    level = data.images[data.train[:4], 0]
    assert batch.shape == (4, 3, 16, 16)
    assert torch.allclose(batch[:, 0][level == 0], torch.ones(1))
    assert torch.allclose(batch[:, 0][level > 0], level[level > 0] / 127.5 - 1)
    assert torch.allclose(batch[:, 1][level > 0], torch.tensor(7 / 127.5 - 1))


def test_parameters_are_standardised_and_the_way_back_is_kept(tmp_path):
    data = open_data(str(write_dataset(tmp_path / "a.h5")))
    with h5py.File(tmp_path / "a.h5") as file:
        params = torch.from_numpy(file["params"][:])
    mean, scale = (torch.tensor(data.facts[f"param_{k}"]) for k in ("mean", "scale"))
    assert torch.allclose(data.params.double() * scale + mean, params, atol=1e-5)
    assert torch.allclose(data.params[data.train].mean(0), torch.zeros(6), atol=1e-5)


def test_a_dataset_file_in_one_channel(tmp_path):
    data = open_data(str(write_dataset(tmp_path / "a.h5")), channels=1)
    assert data.batch(data.train, (0, 1)).shape[1] == 1


@pytest.mark.parametrize("compress", [True, False])
def test_mnist_from_idx_files(tmp_path, compress):
    images = write_mnist(tmp_path / "idx", compress=compress)
    data = open_data("mnist", root=tmp_path / "idx", part="test", held_out=0.2)
    assert (len(data.train), len(data.validation), data.classes) == (40, 10, 10)
    row = int(data.train[7])
    assert np.array_equal(data.images[row, 0].numpy(), images[row]) and data.labels[row] == row % 10


def test_the_reference_mnist_gives_nine_thousand_and_one(reference):
    data = open_data("mnist", root=reference / "mnist", part="test")
    assert (len(data.train), len(data.validation)) == (9000, 1000)


def test_a_folder_of_folders_has_labels(tmp_path):
    for name in ("bart", "lisa"):
        (tmp_path / name).mkdir()
        for i in range(5):
            Image.new("RGB", (20, 20), (10 * i, 0, 0)).save(tmp_path / name / f"{i}.png")
    data = open_data(str(tmp_path), held_out=0.4)
    assert data.classes == 2 and data.facts["class_names"] == ["bart", "lisa"]
    assert data.labels.tolist() == [0] * 5 + [1] * 5
    resized = open_data(str(tmp_path), size=16, resize=True, held_out=0.4)
    assert resized.images.shape == (10, 3, 16, 16)
    assert torch.equal(resized.images[:, 0, 0, 0], data.images[:, 0, 0, 0])


def test_the_reference_simpsons_can_be_read(reference):
    data = open_data(str(reference / "simpsons"), size=32, resize=True)
    assert data.images.shape == (2000, 3, 32, 32) and data.classes == 10


def test_a_packed_file_of_colour_images(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
    split = np.zeros(20, np.uint8)
    split[::5] = 1

    def write(images):
        with h5py.File(tmp_path / "packed.h5", "w") as file:
            file["images"], file["split"] = images, split
            file.attrs["format_version"] = 1
        return str(tmp_path / "packed.h5")

    data = open_data(write(images))
    assert (data.channels, data.size, len(data.train), len(data.validation)) == (3, 16, 16, 4)
    batch = data.batch(data.validation, (0, 1))
    assert torch.allclose(batch, torch.from_numpy(images[::5]).permute(0, 3, 1, 2) / 255)
    assert open_data(write(images), size=8, resize=True).images.shape == (20, 3, 8, 8)
    with pytest.raises(BadInput, match="colour images"):
        open_data(write(images), channels=1)
    with pytest.raises(BadInput, match="not square RGB"):
        open_data(write(images[:, :8]))


def test_bad_data_name_the_thing_and_the_mend(tmp_path):
    def refused(words, source, **options):
        with pytest.raises(BadInput, match=words) as caught:
            open_data(str(source), **options)
        assert "\n" not in str(caught.value)

    refused("no such file", tmp_path / "none")
    refused("no images", tmp_path)
    bad = tmp_path / "folder"
    bad.mkdir()
    for i in range(4):
        Image.new("RGB", (20, 20)).save(bad / f"{i}.png")
    refused("20 px, not 32|20x20, not 32x32", bad, size=32)
    Image.new("RGB", (20, 30)).save(bad / "z.png")
    refused(r"z\.png: 20x30", bad)
    (bad / "z.png").write_bytes(b"not a picture")
    refused(r"z\.png: not a readable", bad)
    (bad / "z.png").write_bytes((bad / "0.png").read_bytes()[:40])
    refused(r"z\.png: not a readable", bad)
    refused("format 9", write_dataset(tmp_path / "old.h5", version=9))
    (tmp_path / "text.h5").write_text("text")
    refused("not an HDF5", tmp_path / "text.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    refused("not a data set", tmp_path / "empty.h5")
    good = write_dataset(tmp_path / "good.h5")
    refused("kbc", good, palette="jet")
    refused("16 px, not 32", good, size=32)
    write_mnist(tmp_path / "idx")
    refused("part=test", "mnist", root=tmp_path / "idx")
    (tmp_path / "idx" / "t10k-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b")
    refused("complete IDX", "mnist", root=tmp_path / "idx", part="test")
