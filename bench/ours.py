"""The small sweep behind the preset settings marked `ours`: one setting at a time.

    python bench/ours.py ROOT FDD.h5 --out runs/ours [--only PRESET] [--limit 2000] [--json FILE]

ROOT holds MNIST's IDX files (9,000 digits to learn, 1,000 held out), FDD.h5 is a rendered set of
64 px. Each row is one value, the others as shipped, at fewer epochs and less width than shipped;
the figure is the held-out one by which the run's best epoch is chosen, lower is better. The first
row of a preset is the shipped one under three seeds, so that its range tells what is noise; the
others have seed 0, with which a kernel distance looks through the same features.
Runs that are there already are not trained again.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from result_tables import Column, Row, Table, add_json_option, print_table, save_tables

from fractaldream_models.settings import override, preset
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Sweep:
    """A preset made small, and what is tried in it."""

    small: dict[str, Any]
    others: dict[str, tuple[Any, ...]]


RATES = {"batch": (32, 128), "lr_e": (3e-4, 3e-3), "b1": (0.5,)}
THIN = {"width": 0.125, "epochs": 3}
SWEEPS = {
    "vae-linear-mnist": Sweep({"latent": 10, "epochs": 10}, RATES),
    "vae-conv-mnist": Sweep({"latent": 10, "epochs": 4}, RATES),
    "cvae-gan-mnist": Sweep(
        {"epochs": 8}, {**RATES, "lr_d": (3e-5, 3e-4), "leak": (0.01,), "adversary_weight": (10.0,)}
    ),
    "dcgan4-mnist": Sweep(
        THIN,
        {
            "batch": (32, 128), "lr_g": (5e-5, 1e-3), "lr_d": (5e-5, 1e-3), "b1": (0.0, 0.9),
            "bn_eps": (0.1,), "real_low": (0.7, 1.0),
        },
    ),
    "aae-fdd-2019": Sweep(THIN, {"leak": (1e-6, 0.01, 0.2), "batch": (8, 32)}),
    "dcgan-fdd": Sweep(THIN, {"batch": (8, 32), "latent": (16,)}),
}  # fmt: skip


def sweep(name: str, source: str, root: str | None, out: Path, limit: int | None) -> Table:
    """Print the table of one preset, learnt from at most so many images."""
    plan = SWEEPS[name]
    changes = {**plan.small, "keep_every": 1000}
    if limit is not None:
        changes["limit"] = limit
    if source == "mnist":
        changes["part"] = "test"
    base = override(preset(name), changes)

    def figure(label: str, seed: int, **given: Any) -> tuple[str, float]:
        folder = out / f"{name}-{label}-{seed}"
        there = (folder / "run.json").exists()
        settings = override(base, given)
        options = TrainOptions(root=root, seed=seed, device="cpu", resume=there)
        result = train(source, folder, settings, options=options)
        rows = Run(folder).rows()
        return result.chosen_by, min(row[result.chosen_by] for row in rows)

    shipped = [figure("shipped", seed) for seed in SEEDS]
    small = ", ".join(f"{key} {value}" for key, value in plan.small.items())

    def rows() -> Iterator[Row]:
        seeds = f"seeds {', '.join(map(str, SEEDS))}"
        yield "as shipped", seeds, [value for _, value in shipped]
        for key, others in plan.others.items():
            for other in others:
                value: float | str
                try:
                    _, value = figure(f"{key}-{other:g}", 0, **{key: other})
                except ValueError as error:
                    value = f"stopped: {error}"
                yield key, f"{other:g} (ships {getattr(base, key):g})", value

    columns = Column("setting"), Column("value"), Column(shipped[0][0], ".4g")
    return print_table(f"`{name}` ({small}), lower is better", columns, rows())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("root")
    parser.add_argument("fdd")
    parser.add_argument("--out", type=Path, default=Path("runs/ours"))
    parser.add_argument("--only", choices=SWEEPS, nargs="*", default=list(SWEEPS))
    parser.add_argument("--limit", type=int, help="Images to learn from; default all.")
    parser.add_argument("--threads", type=int, default=2)
    add_json_option(parser)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tables = []
    for name in options.only:
        mnist = name.endswith("mnist")
        root = options.root if mnist else None
        source = "mnist" if mnist else options.fdd
        tables.append(sweep(name, source, root, options.out, options.limit))
    save_tables(options.json, *tables)


if __name__ == "__main__":
    main()
