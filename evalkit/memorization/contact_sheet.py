"""A picture of generated images beside their nearest training images."""

import numpy as np

from evalkit.family.fresh_images import family_of
from evalkit.inputs.images import ImageSet
from evalkit.support.pictures import sheet

from .results import NeighboursResult


def draw_sheet(result: NeighboursResult, data: ImageSet, *, rows: int = 10) -> np.ndarray:
    """Draw generated images, each beside its nearest training images.

    The upper half of the rows are those closest to a training image, with their rank among all that
    were generated; the lower half are the first others that were drawn. The last column, for
    Fractal Dream, is the closest attractor of the whole family, where it was searched for.

    Parameters
    ----------
    result
        What `neighbours` returned.
    data
        The images that it was compared with.
    rows
        Number of generated images.

    Returns
    -------
    ndarray
        uint8 (H, W, 3).
    """
    order = result.nearest.distances[:, 0].argsort(kind="stable")
    ranks = {i: rank for rank, i in enumerate(order[: rows - rows // 2].tolist(), 1)}
    others = [i for i in range(len(order)) if i not in ranks]
    attractors, closest_images = None, np.empty(0)
    family = family_of(data)
    if result.family is not None and family is not None:
        attractors = result.family.generated
        closest_images = family.images(attractors.levels)
    images, captions = [], []
    for i in [*ranks, *others[: rows // 2]]:
        row = [result.images[i] / np.float32(255), *data.images(result.nearest.rows[i])]
        rank = ranks.get(i)
        texts = [f"#{i}\nas drawn" if rank is None else f"#{i}\nclosest, {rank} of {len(order):,}"]
        texts += [f"{distance:.4f}" for distance in result.nearest.distances[i]]
        if attractors is not None and i < len(attractors.after):
            row.append(closest_images[i])
            a, b, c, d = attractors.params[i][2:]
            parameters = f"a {a:.2f}, b {b:.2f}\nc {c:.2f}, d {d:.2f}"
            texts.append(f"{attractors.after[i]:.4f}\n{parameters}")
        elif attractors is not None:
            row.append(np.ones_like(row[0]))
            texts.append(f"only searched for\n#0 to #{len(attractors.after) - 1} (--refine)")
        images.append(row)
        captions.append(texts)
    source = "training" if result.learnt is not False else "data"
    count = result.nearest.rows.shape[1]
    heads = ["generated", *(f"{source}, nearest {j + 1}" for j in range(count))]
    breaks: tuple[int, ...] = (1,)
    if attractors is not None:
        heads.append("closest attractor")
        breaks = (1, len(heads) - 1)
    return sheet(images, captions, heads=heads, breaks=breaks)
