"""Measure what cleaning finds of faults planted among real images, fifty of one kind at a time.

    python bench/clean.py FOLDER [--planted 50] [--seed 0] [--repeats 3] [--features NAME] \
        [--json FILE]

FOLDER holds clean images of one size. Nothing is written but to a temporary folder. imagehash,
imagededup and cleanvision are measured on the same files where they are installed.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import numpy as np
from clean_plants import CROPS, NEAR, OFF_TOPIC, Maker, blanks, compressed, near_copy, take
from PIL import Image
from result_tables import Column, Row, Table, json_option, print_table, save_tables

from evalkit.clean.assessment import Assessment, judge
from evalkit.clean.embedding import open_features
from evalkit.clean.options import ReviewOptions
from evalkit.clean.ranking import learnt_suspicion
from evalkit.clean.scan import Reading, Scan, listing, read_all

SHARES = (0.01, 0.025, 0.05, 0.10)
LOOKED_AT = (0.01, 0.02, 0.05, 0.10)
PAIRS = ("ours", "pHash equality", "imagededup pHash <= 10")


class Bench:
    """Clean images read once, and a folder to plant in."""

    def __init__(self, folder: Path, planted: int, features: str = "offline") -> None:
        self.folder, self.planted, self.features = folder, planted, features
        self.embed = open_features(features)
        self.paths = listing(folder).images
        self.readings = [*read_all(folder, self.paths, 2)]
        self.images = [Image.open(folder / path).convert("RGB") for path in self.paths]

    def judged(self, extra: Path) -> Assessment:
        names = listing(extra).images
        planted = [*read_all(extra, names, 1)]
        readings: list[Reading] = [*self.readings, *planted]
        options = ReviewOptions(self.features, budget=0.05, workers=2)
        return judge(Scan(str(self.folder), readings), self.embed, options)


def save(images: Iterable[Image.Image], folder: Path) -> None:
    folder.mkdir(parents=True)
    for n, image in enumerate(images):
        image.save(folder / f"planted-{n:03}.jpg", quality=92)


def recalls(suspicion: np.ndarray, planted: int) -> list[float]:
    """Share of the planted, which come last, within the first shares of the ranking."""
    order = np.argsort(-suspicion, kind="stable")
    places = np.nonzero(order >= len(order) - planted)[0]
    return [float((places < share * len(order)).mean()) for share in SHARES]


def means(rows: list[list[float]]) -> Iterator[float]:
    """Return the means over repeats of each column."""
    return map(np.mean, zip(*rows, strict=True))


def ranked(bench: Bench, kinds: dict[str, Maker], seed: int, repeats: int, work: Path) -> Table:
    """Print the share of the planted that comes first in the ranking, by kind."""

    def rows() -> Iterator[Row]:
        for name, maker in kinds.items():
            ours, theirs, expected = [], [], []
            for repeat in range(repeats):
                rng = np.random.default_rng([seed, repeat])
                folder = work / f"{name} {repeat}".replace(":", "")
                save(take(maker, rng, bench.images, bench.planted), folder)
                result = bench.judged(folder)
                ours.append(recalls(result.suspicion, bench.planted))
                expected.append(result.summary.expected_of_cut_crops)
                if (other := cleanvision_scores(bench, folder)) is not None and not repeat:
                    theirs.append(recalls(other, bench.planted))
            yield name, *means(ours)
            if kinds.keys() <= CROPS.keys() and None not in expected:
                yield f"{name}, estimated by the review", None, None, np.mean(expected), None
            if theirs:
                yield f"{name}, by cleanvision's worst score (one run)", *means(theirs)

    columns = (Column("planted"), *(Column(f"within {share:.1%}", ".0%") for share in SHARES))
    return print_table("Share of the planted within the first of the ranking.", columns, rows())


def together(bench: Bench, extra: Path) -> Path:
    """A folder with all files in it, for tools that take no less."""
    whole = Path(tempfile.mkdtemp(prefix="clean-", dir=extra.parent))
    for n, path in enumerate(bench.paths):
        shutil.copy(bench.folder / path, whole / f"clean-{n:06}{Path(path).suffix}")
    for path in sorted(extra.iterdir()):
        shutil.copy(path, whole / path.name)
    return whole


def cleanvision_scores(bench: Bench, extra: Path) -> np.ndarray | None:
    """One minus the least of cleanvision's scores, in our order; None where it is not installed."""
    try:
        from cleanvision import Imagelab
    except ImportError:
        return None
    whole = together(bench, extra)
    lab = Imagelab(data_path=str(whole), verbose=False)
    kinds = ("dark", "light", "blurry", "low_information", "odd_aspect_ratio", "odd_size")
    lab.find_issues({kind: {} for kind in kinds}, n_jobs=2, verbose=False)
    table = lab.issues[[f"{kind}_score" for kind in kinds]].min(axis=1)
    table.index = [Path(path).name for path in table.index]
    shutil.rmtree(whole)
    return 1 - table.sort_index().to_numpy()


def near(bench: Bench, seed: int, repeats: int, work: Path) -> Table:
    """Recall and precision of pairs, among clean images of which no two are alike."""
    from imagehash import phash

    base = bench.judged(_empty(work))
    single = [row for row in range(len(bench.readings)) if base.groups[row] < 0]
    single = [row for row in single if base.copies[row] == row]
    hashes = {row: str(phash(bench.images[row])) for row in single}
    single = [*{value: row for row, value in hashes.items()}.values()]
    originals = [bench.readings[row] for row in single]
    caption = (
        f"{base.groups.max() + 1} groups of near duplicates among the clean images themselves "
        f"({(~base.best).sum()} surplus images); {len(single):,} images are alone."
    )

    def rows() -> Iterator[Row]:
        for change in NEAR:
            scores: list[list[float]] = []
            for repeat in range(repeats):
                rng = np.random.default_rng([seed, 1, repeat])
                source = rng.choice(len(single), bench.planted, replace=False)
                copies = [
                    compressed(near_copy(rng, bench.images[single[row]], change)) for row in source
                ]
                folder = work / f"near {change} {repeat}"
                save(copies, folder)
                readings = [*originals, *read_all(folder, listing(folder).images, 1)]
                truth = {(int(row), len(originals) + n) for n, row in enumerate(source)}
                images = [bench.images[row] for row in single] + copies
                theirs = dedup_pairs(images)
                scores.append([
                    *scored(our_pairs(readings), truth),
                    *scored(hash_pairs([phash(image) for image in images]), truth),
                    *((np.nan, np.nan) if theirs is None else scored(theirs, truth)),
                ])  # fmt: skip
            yield change, *means(scores)

    figures = (
        Column(f"{name}: {figure}", ".0%") for name in PAIRS for figure in ("recall", "precision")
    )
    return print_table(caption, (Column("near duplicates"), *figures), rows())


def _empty(work: Path) -> Path:
    folder = work / "nothing"
    folder.mkdir()
    return folder


def scored(pairs: set[tuple[int, int]], truth: set[tuple[int, int]]) -> tuple[float, float]:
    return len(pairs & truth) / len(truth), len(pairs & truth) / max(len(pairs), 1)


def our_pairs(readings: list[Reading]) -> set[tuple[int, int]]:
    from evalkit.clean.duplicates import near_pairs

    thumbs = np.stack([r.thumb for r in readings if r.thumb is not None])
    return {(p.first, p.second) for p in near_pairs(thumbs)}


def hash_pairs(hashes: list) -> set[tuple[int, int]]:
    by: dict[str, list[int]] = {}
    for row, value in enumerate(hashes):
        by.setdefault(str(value), []).append(row)
    return {(a, b) for rows in by.values() for a in rows for b in rows if a < b}


def dedup_pairs(images: list[Image.Image]) -> set[tuple[int, int]] | None:
    """imagededup's perceptual hash at its default distance; None where it is not installed."""
    try:
        from imagededup.methods import PHash
    except ImportError:
        return None
    hasher = PHash(verbose=False)
    codes = {str(n): hasher.encode_image(image_array=np.asarray(i)) for n, i in enumerate(images)}
    groups = hasher.find_duplicates(encoding_map=codes)
    return {(int(a), int(b)) for a, others in groups.items() for b in others if int(a) < int(b)}


def broken(bench: Bench, seed: int, work: Path) -> Table:
    """Print how many broken files are named, and how many of the clean ones."""
    rng = np.random.default_rng([seed, 2])
    rows = rng.choice(len(bench.paths), bench.planted, replace=False)
    makers = {
        "truncated": lambda n, data: data[: int(len(data) * rng.uniform(0.3, 0.95))],
        "mislabelled": lambda n, data: data,
        "duplicate": lambda n, data: data,
        "blank": None,
    }

    def findings() -> Iterator[Row]:
        for kind, change in makers.items():
            folder = work / f"broken {kind}"
            folder.mkdir()
            if change is None:
                for n, image in enumerate(take(blanks, rng, bench.images, bench.planted)):
                    image.save(folder / f"{n:03}.png")
            else:
                for n, row in enumerate(rows):
                    path = bench.folder / bench.paths[row]
                    name = {"mislabelled": f"{n:03}.png", "duplicate": f"{n:03}.bmp"}.get(kind)
                    if kind == "duplicate":
                        bench.images[row].save(folder / str(name))
                    else:
                        (folder / (name or f"{n:03}.jpg")).write_bytes(change(n, path.read_bytes()))
            result = bench.judged(folder)
            names = {"truncated": ("truncated", "unreadable")}.get(kind, (kind,))
            images = {f.image for f in result.findings if f.finding in names}
            planted = sum(image >= len(bench.readings) for image in images)
            yield kind, " or ".join(names), planted / bench.planted, len(images) - planted

    columns = (
        Column("planted"), Column("named as"), Column("share named", ".0%"),
        Column("false among the clean"),
    )  # fmt: skip
    return print_table("Broken files.", columns, findings())


def learning(bench: Bench, seed: int, repeats: int, work: Path) -> Table:
    """All planted at once: share found against share looked at, ranked again after each 0.5%."""
    kinds = {k: m for k, m in OFF_TOPIC.items() if "mixed" not in k} | CROPS
    without, with_it = [], []
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, 3, repeat])
        folder = work / f"all {repeat}"
        folder.mkdir()
        for name, maker in kinds.items():
            save(take(maker, rng, bench.images, bench.planted), folder / name.replace(":", ""))
        result = bench.judged(folder)
        n, planted = len(result.readings), bench.planted * len(kinds)
        keys = [r.key for r in result.readings]
        faulty = np.arange(n) >= n - planted
        order = np.argsort(-result.suspicion, kind="stable")
        without.append([faulty[order[: round(s * n)]].sum() / planted for s in LOOKED_AT])
        looked: list[int] = []
        suspicion, curve = result.suspicion, {}
        for step in range(1, 21):  # one half of a percent at a time
            seen = set(looked)
            fresh = [i for i in np.argsort(-suspicion, kind="stable") if i not in seen]
            looked += fresh[: round(step * n / 200) - len(looked)]
            curve[step] = faulty[looked].sum() / planted
            decided = {keys[i]: bool(faulty[i]) for i in looked}
            if len(set(decided.values())) == 2:
                suspicion = learnt_suspicion(result.features, result.suspicion, keys, decided)
        with_it.append([curve[round(200 * share)] for share in LOOKED_AT])
    n_all = len(bench.readings) + planted
    rows = [
        ("ranking alone", *means(without)),
        ("ranked again after each 0.5% (`learn`)", *means(with_it)),
        ("best possible", *(min(1, round(share * n_all) / planted) for share in LOOKED_AT)),
    ]
    columns = (Column("all planted"), *(Column(f"{s:.0%} looked at", ".0%") for s in LOOKED_AT))
    return print_table("Share of the planted that was looked at.", columns, rows)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--planted", default=50, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--repeats", default=3, show_default=True, help="Seeds that rates are the mean of.")
@click.option("--features", default="offline", show_default=True, help="As evalkit clean review.")
@click.option("--kind", "some", multiple=True, help="Kind of image or crop to plant; default all.")
@click.option("--only", type=click.Choice(["off-topic", "crops", "near", "broken", "learn"]))
@json_option
def main(
    folder: Path,
    planted: int,
    seed: int,
    repeats: int,
    features: str,
    some: tuple[str, ...],
    only: str | None,
    json_file: Path | None,
) -> None:
    off_topic, crops = (
        {name: maker for name, maker in kinds.items() if not some or name in some}
        for kinds in (OFF_TOPIC, CROPS)
    )
    bench = Bench(folder, planted, features)
    click.echo(f"{len(bench.paths):,} images, {planted} planted, {repeats} seeds from {seed}")
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        parts = {
            "off-topic": lambda: ranked(bench, off_topic, seed, repeats, work),
            "crops": lambda: ranked(bench, crops, seed, repeats, work),
            "near": lambda: near(bench, seed, repeats, work),
            "broken": lambda: broken(bench, seed, work),
            "learn": lambda: learning(bench, seed, repeats, work),
        }
        tables = [measure() for name, measure in parts.items() if only in (None, name)]
    save_tables(json_file, *tables)


if __name__ == "__main__":
    main()
