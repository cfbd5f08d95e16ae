"""Has the generator copied? Nearest training images, and never-seen images as the yardstick."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evalkit.errors import BadInput
from evalkit.family import closest_attractor as families
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.inputs.provenance import not_learnt
from evalkit.networks.features import Features
from evalkit.statistics.nearest_neighbours import Nearest, nearest

from .copying import LEAST, POOLED, Copying, copying
from .precision_recall import TIES, Prdc, prdc

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
REAL = 10_000  # images of either kind that precision and the others are of, at most


@dataclass(frozen=True)
class Neighbours:
    """What was found. Distances are root mean squares over the features.

    images: the generated, uint8 (N, C, S, S), with their `labels` where they were told some.
    found: the k nearest training images of each, rows of the data. quantiles: of the distance to
    the nearest training image. copies: share of generated images closer than the closest 1% of
    the fresh. learnt: whether the model learnt from these data; None where that is not known.
    """

    model: str
    kind: str
    data: str
    learnt: bool | None
    features: str
    yardstick: str
    trained_on: int
    fresh: int
    images: np.ndarray
    labels: np.ndarray | None
    found: Nearest
    copying: Copying
    copies: float
    quantiles: dict[str, list[float]]
    k: int
    compared: int
    generated_prdc: Prdc
    fresh_prdc: Prdc
    family: dict[str, Any] | None
    family_of: families.Closest | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        ordered = self.found.distances[:, 0].argsort(kind="stable")[:100]
        return {
            "model": self.model,
            "kind": self.kind,
            "data": self.data,
            "learnt_from": self.learnt,
            "features": self.features,
            "generated": len(self.images),
            "trained_on": self.trained_on,
            "yardstick": {"what": self.yardstick, "images": self.fresh},
            "copying": asdict(self.copying),
            "closer_than_1_percent_of_fresh": self.copies,
            "distances": {"quantiles": list(QUANTILES), **self.quantiles},
            "manifold": {
                "k": self.k,
                "ties": TIES,
                "features": self.features,
                "images_of_each": self.compared,
                "generated": asdict(self.generated_prdc),
                "fresh": asdict(self.fresh_prdc),
            },
            "closest": [
                {
                    "generated": int(i),
                    "rows": self.found.rows[i].tolist(),
                    "distances": self.found.distances[i].tolist(),
                }
                for i in ordered
            ],
            "family": self.family,
        }


def neighbours(
    model: LatentModel,
    data: ImageSet,
    features: Features,
    *,
    n: int = 2000,
    k: int = 5,
    refine: int = 32,
    seed: int = 0,
    progress: bool = False,
) -> Neighbours:
    """Compare n generated images with the training rows of data. Raises BadInput.

    The yardstick is min(max(n, training images), 10,000) fresh renderings where the data set's
    recipe can go on, else its rows that were not learnt. refine: generated images that are looked
    for in the whole Fractal Dream family.
    """
    if n < 20 or k < 1:
        raise BadInput(f"n {n}, k {k}: give 20 images or more, and one neighbour or more")
    if not families.goes_on(data) and len(data.held_out) < LEAST:
        raise BadInput(
            f"{data.name}: {len(data.held_out)} images that were not learnt; the test needs {LEAST}"
        )
    rng = np.random.default_rng([seed, 0xC09])
    device = model.device
    learnt = data.train
    labels = model.turns(n)
    images, generated = _generate(model, features, n, labels, rng, progress)
    train = features.of_rows(data, learnt, progress=progress, what="training features")

    wanted = min(max(n, len(learnt)), REAL)
    rendered = families.fresh_renderings(data, wanted, progress=progress)
    params = None
    if rendered is not None:
        levels, params = rendered
        fresh = _of_levels(levels, features, data)
        yardstick = "fresh renderings of the same recipe"
    else:
        rows = data.held_out
        rows = rows[rng.permutation(len(rows))[:wanted]]
        fresh = features.of_rows(data, rows)
        yardstick = "images of the data that were not learnt"

    ours = nearest(
        generated, train, min(max(k, POOLED), len(train)), device=device, progress=progress
    )
    theirs = nearest(fresh, train, 1, device=device, progress=progress)
    to_fresh = nearest(generated, fresh, min(POOLED, len(fresh)), device=device)
    own, other = ours.distances[:, 0], theirs.distances[:, 0]
    tested = copying(
        train=train,
        generated=generated,
        fresh=fresh,
        to_train=ours,
        to_fresh=to_fresh,
        fresh_to_train=other,
        rng=rng,
    )
    compared = min(len(generated), len(fresh), len(train), REAL)
    real = train[rng.permutation(len(train))[:compared]]
    figures = [
        prdc(real=real, generated=some[:compared], k=k, device=device)
        for some in (generated, fresh)
    ]
    family, family_of = None, None
    renderer = families.renderer_for(data)
    if renderer is not None and params is not None and refine > 0:
        family, family_of = _in_family(
            generated[:refine], fresh, params, train, data, features, renderer, rng, progress
        )
    return Neighbours(
        model=model.name,
        kind=model.kind,
        data=data.name,
        learnt=data.learnt,
        features=f"{features.name}: {features.what}",
        yardstick=yardstick,
        trained_on=len(learnt),
        fresh=len(fresh),
        images=images,
        labels=labels,
        found=Nearest(learnt[ours.rows[:, :k]], ours.distances[:, :k]),
        copying=tested,
        copies=float((own < np.quantile(other, 0.01)).mean()),
        quantiles={
            "generated": np.quantile(own, QUANTILES).tolist(),
            "fresh": np.quantile(other, QUANTILES).tolist(),
        },
        k=k,
        compared=compared,
        generated_prdc=figures[0],
        fresh_prdc=figures[1],
        family=family,
        family_of=family_of,
    )


def _generate(
    model: LatentModel,
    features: Features,
    n: int,
    labels: np.ndarray | None,
    rng: np.random.Generator,
    progress: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """n generated images as uint8 (n, C, S, S), and their features, never all as floats."""
    from tqdm import tqdm

    images = np.empty((n, model.channels, model.size, model.size), np.uint8)
    told = []
    starts = range(0, n, model.batch)
    for start in tqdm(starts, desc="generating", disable=not progress, dynamic_ncols=True):
        at = slice(start, min(start + model.batch, n))
        z = model.draw(at.stop - start, rng)
        part = model.decode(z, None if labels is None else labels[at])
        images[at] = np.round(part * 255)
        told.append(features.of(part))
    return images, np.concatenate(told)


def _of_levels(levels: np.ndarray, features: Features, data: ImageSet) -> np.ndarray:
    from dataclasses import replace

    import torch

    stack = torch.from_numpy(levels)[:, None]
    if data.data.palette is None and data.channels == 3:
        stack = stack.expand(-1, 3, -1, -1)
    shown = ImageSet(data.name, replace(data.data, images=stack))
    return features.of_rows(shown, np.arange(len(levels)))


def _in_family(
    generated: np.ndarray,
    fresh: np.ndarray,
    fresh_params: np.ndarray,
    train: np.ndarray,
    data: ImageSet,
    features: Features,
    renderer: Any,
    rng: np.random.Generator,
    progress: bool,
) -> tuple[dict[str, Any], families.Closest]:
    """The closest of the family to generated images, and to as many fresh ones."""
    from fractaldream import open as open_dataset

    with open_dataset(data.name) as file:
        learnt = file.params[data.train]
    count = min(len(generated), len(fresh) // 2)
    bank = np.concatenate([train, fresh[count:]])
    params = np.concatenate([learnt, fresh_params[count:]])
    both = [
        families.closest(some, features, renderer, bank, params, rng, progress=progress)
        for some in (generated[:count], fresh[:count])
    ]
    told = families.summary(*both)
    told["param_names"] = list(data.param_names)
    told["found"] = [
        {"generated": i, "params": both[0].params[i].tolist(), "distance": float(both[0].after[i])}
        for i in range(count)
    ]
    return told, both[0]


def table(result: Neighbours) -> str:
    """The result in words and columns."""
    r, c = result, result.copying
    known = "that were learnt" if r.learnt is not False else f"of {r.data}"
    lines = [
        f"{r.model}: {len(r.images):,} generated images against {r.trained_on:,} {known}",
        *([] if r.learnt is not False else [f"  data      {not_learnt(r.data, r.model)}"]),
        f"  features  {r.features}",
        f"  yardstick {r.fresh:,} {r.yardstick}",
        "",
        f"copying: p = {c.p_value:.2g}, statistic {c.statistic:+.2f} ({verdict(c)})",
        f"  closer to the training images than fresh ones are: p = {c.p_closer_than_fresh:.2g} "
        f"(C_T, {c.cells} cells)",
        f"  closer to the training images than to fresh ones: p = {c.p_prefers_training:.2g} "
        f"({c.nearest_is_training:.1%}, {c.expected:.1%} by chance)",
        f"  closer than the closest 1% of the fresh: {r.copies:.1%}",
        "",
        f"distance to the nearest training image, quantiles {'':2}"
        + "".join(f"{q:>8.0%}" for q in QUANTILES),
    ]
    for name in ("generated", "fresh"):
        lines.append(f"  {name:48}" + "".join(f"{q:8.4f}" for q in r.quantiles[name]))
    lines += ["", f"{'':12}precision   recall  density coverage   (k = {r.k}, {TIES}; "
              f"{r.compared:,} of each)"]  # fmt: skip
    for name, p in (("generated", r.generated_prdc), ("fresh", r.fresh_prdc)):
        lines.append(
            f"  {name:10}{p.precision:9.3f}{p.recall:9.3f}{p.density:9.3f}{p.coverage:9.3f}"
        )
    if r.family is not None:
        f = r.family
        lines += ["", f"the whole family, {f['images']} images of each ({f['renderings']:,} "
                  "renderings): median distance"]  # fmt: skip
        for name in ("generated", "fresh"):
            lines.append(
                f"  {name:10} to the nearest known {f[name]['nearest_known']:.4f}, to the closest "
                f"found {f[name]['closest_found']:.4f}"
            )
        lines.append(
            f"  farther from any attractor than 95% of fresh ones: "
            f"{f['farther_than_95_percent_of_fresh']:.0%}"
        )
    return "\n".join(lines)


def verdict(tested: Copying) -> str:
    """One word at the level of 5%."""
    return "too close to the training images" if tested.p_value < 0.05 else "no copying seen"


def picture(result: Neighbours, data: ImageSet, *, rows: int = 10) -> np.ndarray:
    """Generated images, each beside its nearest training images: uint8 (H, W, 3).

    The upper half of the rows are the closest of all, the lower half the first that were drawn.
    The last column, for Fractal Dream, is the closest attractor of the whole family.
    """
    from evalkit.support.pictures import sheet

    order = result.found.distances[:, 0].argsort(kind="stable")
    near = order[: rows - rows // 2]
    others = [i for i in range(len(order)) if i not in set(near)]
    chosen = [*near, *others[: rows // 2]]
    family = result.family_of
    images, captions = [], []
    for i in chosen:
        found = data.images(result.found.rows[i])
        row = [result.images[i] / np.float32(255), *found]
        text = [f"#{i}" + (" closest" if i in near else "")]
        text += [f"{d:.4f}" for d in result.found.distances[i]]
        if family is not None and i < len(family.after):
            own = families.coloured(family.levels[i : i + 1], _palette(data))[0]
            row.append(own)
            a = family.params[i]
            text.append(f"{family.after[i]:.4f}\n" + " ".join(f"{p:.2f}" for p in a[2:]))
        images.append(row)
        captions.append(text)
    what = "learnt" if result.learnt is not False else "data"
    heads = ["generated", *[f"{what} {j + 1}" for j in range(result.found.rows.shape[1])]]
    breaks: tuple[int, ...] = (1,)
    if family is not None:
        heads.append("FD(a b c d)")
        breaks = (1, len(heads) - 1)
    return sheet(images, captions, heads=heads, breaks=breaks)


def _palette(data: ImageSet) -> np.ndarray | None:
    return None if data.data.palette is None else data.data.palette.numpy()
