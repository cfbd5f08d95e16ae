"""Train the inverse renderers that come with the package, and record their scores.

    python bench/inverse.py --size 64 [--palette kbc] [--map fdd]
    python bench/inverse.py --size 64 --score 32 64 128 256

The laws `fdd`, `uniform` and `normal` share their units, so that one inverse renderer of a size and
a palette serves them all through the map `standard`; the map `fdd` has one of its own. It is
trained as `evalkit correspond` trains one, at the renderer's default settings, on 400,000 images,
and an interrupted training goes on. Then its weights are rounded to float16, the score in nats is
measured on 4,096 fresh renderings, and the file, its card and its entry in `index.json` are written
to `evalkit/networks/shipped/`. The law `pickover` is left out: its x0 and y0 do not vary, and
`evalkit correspond` refuses it. With `--score`, none is trained: the table says how well the one of
`--size` reads images of other sizes.
"""

import argparse
import copy
import dataclasses
import json

import numpy as np
import torch

from evalkit.family.renderer import Renderer, renderer_of
from evalkit.networks import inverse_store
from evalkit.networks.inverse_renderer import log_prior
from evalkit.networks.inverse_training import HELD_OUT, held_out
from fractaldream_base.cache import cache_folder
from fractaldream_base.files import file_digest, write_bytes, write_json

MEASURED = 0x5C0  # seed of the renderings of the recorded score


def add_renderer(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which images an inverse renderer reads."""
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--palette", default="kbc", help="Name of a palette.")
    parser.add_argument("--map", default="standard", help="Map from v to parameters.")


def given_renderer(given: argparse.Namespace) -> Renderer:
    """Return the renderer that these options name, at its own default settings."""
    return renderer_of(None, mapping=given.map, size=given.size, palette=given.palette)


def score_sizes(given: argparse.Namespace) -> None:
    """Print what the inverse renderer of one size tells of the same parameters at other sizes."""
    network = inverse_store.inverse_of(given_renderer(given))[0]
    v = np.random.default_rng(MEASURED).standard_normal((2048, 6))
    points = torch.from_numpy(v).float()
    nats = {}
    for size in {given.size: None} | dict.fromkeys(given.score):
        fd = given_renderer(argparse.Namespace(**vars(given) | {"size": size}))
        mixture = network.answer(network.hidden(fd.small(v)))
        nats[size] = (mixture.log_prob(points) - log_prior(points)).double().numpy()
    print("| size | nats | standard error | less | standard error |\n" + "|---" * 5 + "|")
    for size in given.score:
        both = nats[size], nats[given.size] - nats[size]
        cells = [f"{each.mean():.2f} | {each.std() / len(v) ** 0.5:.2f}" for each in both]
        print(f"| {size} px | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add_renderer(parser)
    parser.add_argument("--score", type=int, nargs="+", help="Sizes of images to be read.")
    given = parser.parse_args()
    if given.score:
        score_sizes(given)
        return
    renderer = given_renderer(given)
    trained, figures, path = inverse_store.inverse_of(renderer, folder=cache_folder())
    network = copy.deepcopy(trained)
    with torch.no_grad():
        for values in network.state_dict().values():
            if values.ndim > 1:
                values.copy_(values.half())
    score, ceiling = held_out(network, renderer, np.random.default_rng(MEASURED), HELD_OUT)
    figures = dataclasses.replace(figures, score=score, ceiling=ceiling)
    place = inverse_store.SHIPPED / path.name
    place.parent.mkdir(exist_ok=True)
    inverse_store.save_rounded(network, inverse_store.key_of(renderer), figures, place)
    write_bytes(place.with_suffix(".md"), inverse_store.card(renderer, figures).encode())
    index = place.with_name("index.json")
    entries = json.loads(index.read_text()) if index.exists() else {}
    entries[place.name] = {
        "size": given.size,
        "palette": given.palette,
        "map": given.map,
        "laws": ["fdd", "uniform", "normal"] if given.map == "standard" else ["fdd"],
        "score": score,
        "sha256": file_digest(place),
    }
    write_json(index, dict(sorted(entries.items())))
    print(json.dumps(entries[place.name]))


if __name__ == "__main__":
    main()
