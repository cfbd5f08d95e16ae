"""The neighbour search at full size: 10,000 generated against 50,000 training images of 128 px.

    python bench/neighbours.py [--threads 2] [--queries 10000] [--references 50000] [--json FILE]

Renders the images (not counted), then times the features of all of them and the exact search, in
one run; beside it, the same search by scikit-learn's brute force on the same features, on a part
of the queries. Memory is the most that the process held.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

from result_tables import Column, Quantity, add_json_option, print_table, save_tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name, value in {
        "--threads": 2,
        "--queries": 10_000,
        "--references": 50_000,
        "--size": 128,
        "--k": 5,
    }.items():
        parser.add_argument(name, type=int, default=value)
    add_json_option(parser)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(options.threads)

    import numpy as np
    import torch
    from sklearn.neighbors import NearestNeighbors

    import fractaldream as fd
    from evalkit.inputs.images import open_images
    from evalkit.networks.features import pixels
    from evalkit.statistics.nearest_neighbours import nearest

    torch.set_num_threads(options.threads)
    total = options.queries + options.references
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.h5"
        fd.render(
            fd.Recipe(n=total, size=options.size),
            path,
            options=fd.RenderOptions(threads=options.threads),
        )
        images = open_images(str(path))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    features = pixels(images.size, images.channels)
    started = time.perf_counter()
    vectors = features.of_rows(images, np.arange(total))
    extracted = time.perf_counter()
    queries, references = vectors[options.references :], vectors[: options.references]
    closest = nearest(queries, references, options.k)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    part = min(1000, options.queries)
    began = time.perf_counter()
    brute = NearestNeighbors(n_neighbors=options.k, algorithm="brute").fit(references)
    distances, indices = brute.kneighbors(queries[:part])
    brute_seconds = (time.perf_counter() - began) * options.queries / part
    root_mean_squares = distances / references.shape[1] ** 0.5
    difference = np.abs(root_mean_squares - closest.distances[:part]).max()
    caption = (
        f"{options.queries:,} against {options.references:,} of {images.size} px, "
        f"{features.description}, k {options.k}, {options.threads} threads"
    )
    rows = (
        ("features", Quantity(extracted - started, "s", ".1f")),
        ("search", Quantity(done - extracted, "s", ".1f")),
        ("together", Quantity(done - started, "s", ".1f")),
        ("memory with the images read", Quantity(before, "GiB", ".2f")),
        ("memory at most", Quantity(peak, "GiB", ".2f")),
        (f"scikit-learn's brute force, from {part:,} queries", Quantity(brute_seconds, "s", ".1f")),
        ("the same, of our search", Quantity(brute_seconds / (done - extracted), "times", ".2f")),
        ("neighbours that agree", float((indices == closest.rows[:part]).mean())),
        ("largest difference of a distance", float(difference)),
    )
    columns = Column("what"), Column("figure", ".3g")
    save_tables(options.json, print_table(caption, columns, rows))


if __name__ == "__main__":
    main()
