"""Faults to plant among clean images: each maker yields images of one kind, from a Generator."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

Maker = Callable[[np.random.Generator, list[Image.Image], int], Iterator[Image.Image]]
REPOSITORY = Path(__file__).parent.parent
PHOTOGRAPHS = ("astronaut", "cat", "coffee", "rocket", "hubble_deep_field", "immunohistochemistry")


def sized(image: Image.Image, size: int) -> Image.Image:
    return image.convert("RGB").resize((size, size), Image.Resampling.BOX)


def digits(rng: np.random.Generator, images: list[Image.Image], size: int) -> Iterator[Image.Image]:
    """Handwritten digits of scikit-learn, white on black."""
    from sklearn.datasets import load_digits

    for row in rng.permutation(load_digits().images):
        yield Image.fromarray((row * 15.9375).astype(np.uint8)).resize((size, size)).convert("RGB")


def attractors(
    rng: np.random.Generator, images: list[Image.Image], size: int
) -> Iterator[Image.Image]:
    """Renderings of the Fractal Dream attractor, in three palettes, from the sample data set."""
    import h5py

    with h5py.File(REPOSITORY / "data" / "fdd-sample.h5") as file:
        levels, palettes = file["images"][:], [table[:] for table in file["palettes"].values()]
    for row in rng.permutation(len(levels)):
        palette = palettes[rng.integers(len(palettes))]
        yield sized(Image.fromarray(palette[levels[row]]), size)


def noise(rng: np.random.Generator, images: list[Image.Image], size: int) -> Iterator[Image.Image]:
    """Uniform noise, grey or coloured, of grains of 1 to 4 px."""
    while True:
        side = -(-size // int(rng.integers(1, 5)))
        shape = (side, side, 3) if rng.random() < 0.5 else (side, side)
        grains = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
        yield grains.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)


def photographs(
    rng: np.random.Generator, images: list[Image.Image], size: int
) -> Iterator[Image.Image]:
    """Square pieces, a third of the shorter side or more, of sample photographs."""
    from skimage import data
    from sklearn.datasets import load_sample_images

    sources = [*load_sample_images().images]
    sources += [getattr(data, name)() for name in PHOTOGRAPHS if _there(name)]
    while True:
        photograph = Image.fromarray(sources[rng.integers(len(sources))])
        side = int(min(photograph.size) * rng.uniform(1 / 3, 1))
        x, y = (int(rng.integers(0, length - side + 1)) for length in photograph.size)
        yield sized(photograph.crop((x, y, x + side, y + side)), size)


def _there(name: str) -> bool:
    """Return whether scikit-image has the photograph without fetching it."""
    from skimage import data

    try:
        getattr(data, name)()
    except Exception:  # offline, or without its downloader
        return False
    return True


def _mixed(*makers: Maker) -> Maker:
    def mixed(
        rng: np.random.Generator, images: list[Image.Image], size: int
    ) -> Iterator[Image.Image]:
        sources = [maker(rng, images, size) for maker in makers]
        while True:
            for source in sources:
                yield next(source)

    return mixed


def blanks(rng: np.random.Generator, images: list[Image.Image], size: int) -> Iterator[Image.Image]:
    """One colour, half of them with a little noise."""
    while True:
        plain = np.full((size, size, 3), rng.integers(0, 256, 3), np.int16)
        plain += rng.integers(-2, 3, plain.shape, dtype=np.int16) * int(rng.integers(2))
        yield Image.fromarray(plain.clip(0, 255).astype(np.uint8))


def shifted_crops(
    rng: np.random.Generator, images: list[Image.Image], size: int
) -> Iterator[Image.Image]:
    """Moved out of the frame by 30 to 60% on one axis or both; the border is filled with black,
    with the mean colour, with the nearest pixel or with the mirrored image, in equal parts."""
    for turn, row in enumerate(rng.permutation(len(images))):
        array = np.asarray(images[row])
        move = np.round(rng.uniform(0.3, 0.6, 2) * size).astype(int) * rng.choice([-1, 1], 2)
        if rng.random() < 2 / 3:
            move[rng.integers(2)] = 0
        pads = [(max(m, 0), max(-m, 0)) for m in move] + [(0, 0)]
        if turn % 4 < 2:
            colour = array.mean((0, 1)) if turn % 4 else np.zeros(3)
            wide = np.stack(
                [np.pad(array[..., c], pads[:2], constant_values=int(colour[c])) for c in range(3)],
                axis=2,
            )
        else:
            wide = np.pad(array, pads, "edge" if turn % 4 == 2 else "reflect")
        y, x = (max(-m, 0) for m in move)
        yield Image.fromarray(wide[y : y + size, x : x + size])


def zoomed_crops(
    rng: np.random.Generator, images: list[Image.Image], size: int
) -> Iterator[Image.Image]:
    """A corner of 40 to 55% of the side, enlarged."""
    for row in rng.permutation(len(images)):
        side = round(rng.uniform(0.4, 0.55) * size)
        x, y = rng.integers(0, 2, 2) * (size - side)
        corner = images[row].crop((x, y, x + side, y + side))
        yield corner.resize((size, size), Image.Resampling.BICUBIC)


def near_copy(rng: np.random.Generator, image: Image.Image, change: str) -> Image.Image:
    """A near duplicate: shifted by 4 to 8% of the side, recompressed, recoloured or flipped."""
    if change == "shifted":
        y, x = np.round(rng.uniform(0.04, 0.08, 2) * image.width).astype(int) * rng.choice(
            [-1, 1], 2
        )
        box = (x, y, x + image.width, y + image.height)
        array = np.asarray(image)
        pad = max(abs(x), abs(y))
        wide = Image.fromarray(np.pad(array, ((pad, pad), (pad, pad), (0, 0)), "edge"))
        return wide.crop(tuple(int(v) + pad for v in box))  # type: ignore[arg-type]
    if change == "recompressed":
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(rng.integers(25, 60)))
        return Image.open(buffer).convert("RGB")
    if change == "recoloured":
        gain = rng.uniform(0.9, 1.1, 3)
        array = (np.asarray(image) * gain + rng.uniform(-8, 8)).clip(0, 255).astype(np.uint8)
        return ImageEnhance.Color(Image.fromarray(array)).enhance(rng.uniform(0.8, 1.2))
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


NEAR = ("shifted", "recompressed", "recoloured", "flipped")
OFF_TOPIC: dict[str, Maker] = {
    "digits": digits,
    "attractors": attractors,
    "noise": noise,
    "photographs": photographs,
    "off-topic, mixed": _mixed(digits, attractors, noise, photographs),
}
CROPS: dict[str, Maker] = {"cut: shifted": shifted_crops, "cut: zoomed to a corner": zoomed_crops}


def compressed(image: Image.Image, quality: int = 92) -> Image.Image:
    """As a JPEG file would return it, as the real images have been."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def take(
    maker: Maker, rng: np.random.Generator, images: list[Image.Image], n: int
) -> list[Image.Image]:
    """n images of a kind, at the size of the first clean one."""
    source = maker(rng, images, images[0].width)
    return [compressed(next(source)) for _ in range(n)]
