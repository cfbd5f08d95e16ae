"""The neighbour search at full size: 10,000 generated against 50,000 training images of 128 px.

    python bench/neighbours.py [--threads 2] [--queries 10000] [--references 50000]

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
    print(f"{options.queries:,} against {options.references:,} of {images.size} px, "
          f"{features.what}, k {options.k}, {options.threads} threads")  # fmt: skip
    print(f"  features  {extracted - started:7.1f} s")
    print(f"  search    {done - extracted:7.1f} s")
    print(f"  together  {done - started:7.1f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  memory    {before:7.2f} GiB with the images read, {peak:.2f} GiB at most")
    part = min(1000, options.queries)
    started = time.perf_counter()
    brute = NearestNeighbors(n_neighbors=options.k, algorithm="brute").fit(references)
    distances, rows = brute.kneighbors(queries[:part])
    brute_s = (time.perf_counter() - started) * options.queries / part
    same = float((rows == closest.rows[:part]).mean())
    print(f"  scikit-learn's brute force, from {part:,} queries: {brute_s:.1f} s, "
          f"{brute_s / (done - extracted):.2f} times ours; {same:.2%} the same rows")  # fmt: skip
    root_mean_squares = distances / references.shape[1] ** 0.5
    difference = np.abs(root_mean_squares - closest.distances[:part]).max()
    print(f"  largest difference of a distance: {difference:.2g}")


if __name__ == "__main__":
    main()
