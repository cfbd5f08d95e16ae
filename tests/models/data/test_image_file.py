"""One reader of image files: every mode and format, and the same pixels on every route."""

import io
import os
import pickle
import zlib

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from evalkit.clean.clean_copy import apply
from evalkit.clean.options import ApplyOptions
from evalkit.clean.scan import read_one
from evalkit.inputs.model import open_model
from evalkit.latent_space.places import read_for_model
from fractaldream_models.data.image_file import (
    IMAGE_FORMATS,
    UnreadableImage,
    decode_image,
    is_cut_off,
    read_image,
)
from fractaldream_models.data.sources import DataOptions, open_data
from models_files import write_model

SIDE = 16
GREY = np.tile(np.linspace(0, 255, SIDE).round().astype(np.uint8), (SIDE, 1))  # mean 127.5
DEEP = GREY.astype(np.uint16) * 257
ORIENTATION = 0x0112


def grey(mode="L"):
    return Image.fromarray(GREY).convert(mode)


def red():
    return Image.new("RGB", (SIDE, SIDE), (200, 10, 10))


def half_clear(mode="RGBA"):
    """Red on the left, and a transparent black on the right, which shows white."""
    image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    image.paste((200, 10, 10, 255), (0, 0, SIDE // 2, SIDE))
    return image.convert(mode)


def half_and_half(left_half, right_half=None):
    image = np.tile(np.uint8(left_half), (SIDE, SIDE, 1))
    if right_half is not None:
        image[:, SIDE // 2 :] = right_half
    return image


def second():
    """Return options that save another picture as the second frame."""
    return {"save_all": True, "append_images": [grey("RGB")]}


def palette_with_clear(number=1):
    image = Image.new("P", (SIDE, SIDE), 0)
    image.putpalette([200, 10, 10, 0, 0, 0])
    image.paste(number, (SIDE // 2, 0, SIDE, SIDE))
    return image


RAMP = np.repeat(GREY[..., None], 3, 2)
RED = half_and_half((200, 10, 10))
ON_WHITE = half_and_half((200, 10, 10), 255)
TURNED = np.rot90(RAMP, -1)  # what orientation 6 asks for
exif = Image.Exif()
exif[ORIENTATION] = 6
LOSSY = 6  # levels

# name of the file, image, how it is saved, what is seen, levels that it may differ by
CASES = {
    "1.png": (Image.fromarray(GREY > 127), {}, np.where(RAMP > 127, 255, 0), 0),
    "L.png": (grey(), {}, RAMP, 0),
    "LA.png": (half_clear("LA"), {}, half_and_half([round(200 * 0.299 + 10 * 0.701)] * 3, 255), 1),
    "P.png": (red().convert("P", palette=Image.Palette.ADAPTIVE), {}, RED, 0),
    "P-clear.png": (palette_with_clear(), {"transparency": 1}, ON_WHITE, 0),
    "RGB.png": (red(), {}, RED, 0),
    "RGB-clear.png": (half_clear("RGB"), {"transparency": (0, 0, 0)}, ON_WHITE, 0),
    "RGBA.png": (half_clear(), {}, ON_WHITE, 0),
    "I16.png": (Image.fromarray(DEEP), {}, RAMP, 0),
    "exif.png": (grey(), {"exif": exif}, TURNED, 0),
    "L.bmp": (grey(), {}, RAMP, 0),
    "RGB.bmp": (red(), {}, RED, 0),
    "L.gif": (grey(), {}, RAMP, 0),
    "animated.gif": (red(), second(), RED, 0),
    "clear.gif": (palette_with_clear(), {"transparency": 1}, ON_WHITE, 0),
    "L.jpg": (grey(), {"quality": 95}, RAMP, LOSSY),
    "exif.jpg": (grey(), {"quality": 95, "exif": exif}, TURNED, LOSSY),
    "CMYK.jpg": (red().convert("CMYK"), {"quality": 95}, RED, LOSSY),
    "mpo.jfif": (red(), {"format": "MPO", **second()}, RED, LOSSY),
    "RGBA.webp": (half_clear(), {"lossless": True}, ON_WHITE, 0),
    "animated.webp": (red(), {"lossless": True, **second()}, RED, 0),
    "RGB.avif": (red(), {"quality": 95}, RED, LOSSY),
    "RGBA.avif": (half_clear(), {"quality": 100, "subsampling": "4:4:4"}, ON_WHITE, LOSSY),
    "1.tif": (Image.fromarray(GREY > 127), {}, np.where(RAMP > 127, 255, 0), 0),
    "L.tif": (grey(), {"tiffinfo": {ORIENTATION: 6}}, TURNED, 0),
    "I16.tif": (Image.fromarray(DEEP), {}, RAMP, 0),
    "I16-turned.tif": (Image.fromarray(DEEP), {"tiffinfo": {ORIENTATION: 6}}, TURNED, 0),
    "F.tif": (Image.fromarray((GREY / 255).astype(np.float32)), {}, RAMP, 0),
    "CMYK.tif": (red().convert("CMYK"), {}, RED, 0),
    "YCbCr.tif": (red().convert("YCbCr"), {}, RED, LOSSY),
    "RGBA.tif": (half_clear(), {}, ON_WHITE, 0),
    "pages.tif": (red(), second(), RED, 0),
    "L.pgm": (grey(), {}, RAMP, 0),
    "I16.pgm": (Image.fromarray(DEEP.astype(np.int32)), {}, RAMP, 0),
    "1.pbm": (Image.fromarray(GREY > 127), {}, np.where(RAMP > 127, 255, 0), 0),
    "RGB.ppm": (red(), {}, RED, 0),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files") / "set"
    folder.mkdir()
    for name, (image, options, *_) in CASES.items():
        image.save(folder / name, **options)
    return folder


@pytest.mark.parametrize("name", CASES)
def test_every_mode_and_format_shows_what_it_holds(folder, name):
    *_, expected, tolerance = CASES[name]
    pixels = np.asarray(read_image(folder / name)).astype(int)
    assert np.abs(pixels - expected).max() <= tolerance


def test_every_format_is_tried():
    tried = {IMAGE_FORMATS[os.path.splitext(name)[1]] for name in CASES}  # noqa: PTH122
    assert tried == {*IMAGE_FORMATS.values()} - {"HEIF"}


@pytest.mark.parametrize("channels", [1, 3])
def test_training_places_and_packs_see_the_same_pixels(folder, tmp_path, channels):
    data = open_data(folder, DataOptions(channels=channels, held_out=0.2))
    model = open_model(write_model(tmp_path / "m.pt", channels=channels, size=SIDE))
    names = sorted(CASES)
    assert len(data.images) == len(names)
    for name, image in zip(names, data.images, strict=True):
        place = read_for_model(str(folder / name), model)
        assert np.array_equal((place * 255).round(), image.numpy()), name


def test_packs_and_cleaning_see_what_training_sees(folder, tmp_path):
    data = open_data(folder, DataOptions(held_out=0.2))
    seen = dict(zip(sorted(CASES), data.images.numpy().transpose(0, 2, 3, 1), strict=True))
    (tmp_path / "none.csv").write_text("sha256,decision\n")
    options = ApplyOptions(pack=tmp_path / "p.h5", size=SIDE, workers=1)
    apply(folder, tmp_path / "none.csv", tmp_path / "clean", options=options)
    with h5py.File(tmp_path / "p.h5") as file:
        for name, image in zip(file["path"].asstr(), file["images"], strict=True):
            assert np.array_equal(image, seen[name]), name
    for name, image in seen.items():
        thumb = Image.fromarray(image).resize((32, 32), Image.Resampling.BOX)
        assert np.array_equal(read_one(name, str(folder)).thumb, thumb), name


def test_the_range_is_that_of_the_format_and_not_of_the_image(tmp_path):
    """A dark 16-bit image stays dark."""
    dark = np.full((SIDE, SIDE), 200, np.uint16)
    for name in ("a.png", "a.tif"):
        Image.fromarray(dark).save(tmp_path / name)
        assert (np.asarray(read_image(tmp_path / name)) == 1).all()
    Image.fromarray(dark.astype(np.int32)).save(tmp_path / "signed.tif")
    Image.fromarray(dark.astype(np.float32)).save(tmp_path / "float.tif")
    for name, words in (("signed.tif", "signed integers"), ("float.tif", "values from 0 to 200")):
        with pytest.raises(UnreadableImage, match=words):
            read_image(tmp_path / name)


def test_a_sixteen_bit_png_may_have_a_transparent_level(tmp_path):
    image = Image.fromarray(np.where(GREY > 127, 0, 257 * 60).astype(np.uint16))
    image.save(tmp_path / "a.png", transparency=0)
    assert np.array_equal(np.asarray(read_image(tmp_path / "a.png")), np.where(RAMP > 127, 255, 60))


def png_with_text(megabytes):
    content = io.BytesIO()
    red().save(content, "PNG")
    whole = content.getvalue()
    body = b"zTXtwords\0\0" + zlib.compress(bytes(megabytes << 20))
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return whole[:33] + chunk + whole[33:]


def test_what_cannot_be_read_is_told_apart(tmp_path, monkeypatch):
    red().save(tmp_path / "good.png")
    good = (tmp_path / "good.png").read_bytes()
    files = {
        "empty.png": (b"", "empty file"),
        "cut.png": (good[:60], "the file ends early"),
        "header.png": (good[:40], "damaged PNG .its header"),
        "damaged.png": (good[:12] + b"XXXX" + good[16:], "damaged PNG"),
        "text.png": (png_with_text(2), "text is larger"),
        "words.jpg": (b"hello, world", "not an image"),
        "page.jpg": (b"  <html>", "a web page"),
        "apple.heic": (b"\0\0\0\x18ftypheic" + bytes(90), "a HEIC image"),
        "set.png": (b"\x89HDF\r\n\x1a\n" + bytes(90), "an HDF5 file"),
        "zeros.gif": (bytes(90), "zeros"),
    }
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    cases = {name: words for name, (_, words) in files.items()}
    cases |= {"none.png": "no such file", "pipe.png": "not a regular file", "link.png": "link to"}
    for name, (content, _) in files.items():
        (tmp_path / name).write_bytes(content)
    for name, words in cases.items():
        with pytest.raises(UnreadableImage, match=words) as caught:
            read_image(tmp_path / name)
        assert str(caught.value).startswith(f"{tmp_path / name}: {words[:4]}"[: len(str(tmp_path))])
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UnreadableImage, match="too large"):
        read_image(tmp_path / "good.png")


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    red().save(tmp_path / "a.png")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(UnreadableImage, match=r"permission denied; allow reading it"):
        read_image(tmp_path / "a.png")


def test_zeros_after_the_end_are_no_damage():
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        content = io.BytesIO()
        red().save(content, kind)
        whole = content.getvalue()
        assert not is_cut_off(whole + bytes(10**5), kind)
        assert decode_image(whole + bytes(10**5))[1].size == (SIDE, SIDE)
        if kind != "GIF":
            assert is_cut_off(whole[: len(whole) // 2], kind)


def damaged(draw, whole):
    """Return a file with some of its bytes changed, and perhaps without its end."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(0, 8))):
        # most of what decoders trust stands in the first bytes
        last = draw(st.sampled_from([min(80, len(content) - 1), len(content) - 1]))
        content[draw(st.integers(0, last))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))]) if draw(st.booleans()) else content


def check_any_damage(folder, data):
    name = data.draw(st.sampled_from(sorted(CASES)))
    content = damaged(data.draw, (folder / name).read_bytes())
    path = folder.parent / f"damaged-{name}"
    path.write_bytes(content)
    try:
        assert read_image(path).mode == "RGB"
    except UnreadableImage as error:
        assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
    reading = read_one(path.name, str(folder.parent))
    assert reading.decoded or reading.faults


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_is_an_image_or_one_line(folder, data):
    check_any_damage(folder, data)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_much_damage_is_an_image_or_one_line(folder, data):
    check_any_damage(folder, data)
