"""Image sets for the tests of cleaning: drawn scenes that are alike as frames of a cartoon are."""

import numpy as np
from PIL import Image, ImageDraw


def scene(rng, size=48):
    """A yellow head with hair and eyes before a plain wall with a few things on it."""
    side = size * 4
    image = Image.new("RGB", (side, side), tuple(int(v) for v in rng.integers(40, 200, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = rng.integers(0, side, 2)
        w, h = rng.integers(side // 8, side // 3, 2)
        draw.rectangle((x, y, x + w, y + h), tuple(int(v) for v in rng.integers(20, 230, 3)))
    cx, cy = (int(v) for v in side * rng.uniform(0.42, 0.58, 2))
    r = int(side * rng.uniform(0.2, 0.27))
    shirt = tuple(int(v) for v in rng.integers(20, 230, 3))
    draw.rectangle((cx - r, cy + r // 2, cx + r, side), shirt, "black", 3)
    draw.ellipse((cx - r, cy - r, cx + r, cy + r), (255, 217, 15), "black", 3)
    for dx in (-r // 2, r // 4):
        draw.ellipse((cx + dx, cy - r // 2, cx + dx + r // 2, cy), "white", "black", 3)
    return image.resize((size, size), Image.Resampling.BOX)


def write_set(folder, n=120, size=48, seed=0):
    """n scenes as scene-000.png and so on; returns them."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    images = [scene(rng, size) for _ in range(n)]
    for i, image in enumerate(images):
        image.save(folder / f"scene-{i:03}.png")
    return images


def snapshot(folder):
    """Everything that a command which only reads must leave as it is."""
    return {
        str(p.relative_to(folder)): (p.lstat().st_mtime_ns, p.lstat().st_mode, p.lstat().st_size)
        for p in [folder, *folder.rglob("*")]
    }


def named(result, finding):
    """Names of the files that an assessment gives a finding."""
    return {result.readings[f.image].path for f in result.findings if f.finding == finding}
