"""Draw a picture for each rung of the correspondence test: `python bench/rung_pictures.py FOLDER`.

Each picture shows a generator that passes the rung, made for the picture: nothing is trained.
"""

import sys
from pathlib import Path

import matplotlib
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression

import fractaldream as fd

matplotlib.use("Agg")
from matplotlib import pyplot as plt

RECIPE = fd.Recipe(law="normal", refusals=False, size=96, seed=5)
SCALE = np.array([3**-0.5] * 2 + [3**0.5] * 4)
COLUMNS = 6


def images(v):
    """Return FD(v) in colours, uint8 (n, H, W, 3)."""
    return fd.to_rgb(fd.render_images(v * SCALE, RECIPE).levels)


def latents(n, least=0.2):
    """Return v (n, 6) whose images fill more than a share of the pixels."""
    v = fd.draw_parameters(RECIPE, np.arange(4000), np.zeros(4000)) / SCALE
    v = v[(np.abs(v) < 2).all(1)][:200]
    levels = fd.render_images(v * SCALE, RECIPE).levels
    return v[(levels > 0).mean((1, 2)) > least][:n]


def rows(path, named):
    """Write rows of images, each row with its name."""
    figure, axes = plt.subplots(len(named), COLUMNS, figsize=(9, 1.55 * len(named)), squeeze=False)
    for line, (name, pictures) in zip(axes, named.items(), strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            axis.imshow(picture)
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)


def probes(path, latent, size, *, fits):
    """Write what probes read off a latent against the true size of `a`."""
    figure, axes = plt.subplots(1, len(fits), figsize=(4 * len(fits), 3.6), squeeze=False)
    half = len(size) // 2
    for axis, (name, probe) in zip(axes[0], fits.items(), strict=True):
        probe.fit(latent[:half], size[:half])
        read = probe.predict(latent[half:])
        share = 1 - ((read - size[half:]) ** 2).mean() / size[half:].var()
        axis.scatter(size[half:], read, s=3)
        axis.plot([0, 3], [0, 3], color="black", linewidth=0.8)
        axis.set(xlabel="true size of a", ylabel="read off the latent", xlim=(0, 3), ylim=(-0.5, 3))
        axis.set_title(f"{name}: R2 = {share:.2f}")
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main():
    """Write rung-1.png to rung-6.png."""
    folder = Path(sys.argv[1])
    rng = np.random.default_rng(0)
    v = latents(COLUMNS)
    true = images(v)
    rows(folder / "rung-1.png", {"FD(v)": true, "G(v)": true})
    rows(folder / "rung-2.png", {"FD(v)": true, "G(v)": true[:, ::-1]})
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    turned = images(v @ turn.T)
    rows(folder / "rung-3.png", {"FD(v)": true, "G(v)": turned, "G(vQ)": images(v @ turn @ turn.T)})

    many = rng.normal(size=(3000, 6))
    size = np.abs(many[:, 2])
    mixed = np.column_stack([size, many[:, 3:]]) @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    mixed += 0.05 * rng.normal(size=mixed.shape)
    probes(folder / "rung-4.png", mixed, size, fits={"affine": LinearRegression()})
    angle = 1.9 * size[:, None] + np.array([0, np.pi / 2])
    bent = np.cos(angle) + 0.05 * rng.normal(size=angle.shape)
    curved = {"affine": LinearRegression(), "nonlinear": HistGradientBoostingRegressor()}
    probes(folder / "rung-5.png", bent, size, fits=curved)

    near = v[:1] + 0.04 * np.arange(COLUMNS)[:, None] * rng.normal(size=(1, 6))
    rows(folder / "rung-6.png", {"near in z": images(near), "anywhere": true})


if __name__ == "__main__":
    main()
