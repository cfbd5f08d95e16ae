"""The command line of `evalkit compare`."""

from pathlib import Path

import click

from evalkit.support.options import (
    CLASSIFIER,
    DEVICE,
    JSON,
    PART,
    QUIET,
    RESIZE,
    ROOT,
    SEED,
    options,
    say,
)


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit compare runs/vae-* runs/dcgan --classifier digits.pt --report compare.html\n"
    "  evalkit compare runs/vae runs/aae --data fdd64.h5 --n 1000 --json compare.json\n"
    "  evalkit compare runs/* --without copying --without disentanglement"
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--data", help="To compare on.  [default: what all of them learnt from]")
@click.option("--n", type=int, default=2000, show_default=True, help="Images of each, at most.")
@click.option(
    "--weights", type=click.Path(), help="InceptionV3 of torch-fidelity: FID, KID, Inception score."
)
@click.option("--download", is_flag=True, help="Allow fetching these weights.")
@click.option(
    "--without", multiple=True, help="Leave out reconstruction, copying or disentanglement."
)
@click.option(
    "--fold", type=click.Choice(["sizes", "picture", "none"]), default="sizes", show_default=True,
    help="Of the true parameters, as in disentangle.",
)  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path), help="Write one HTML page here.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Picture (PNG): figures by latent size."
)
@options(CLASSIFIER, ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def compare(
    runs: tuple[str, ...],
    data: str | None,
    n: int,
    names: str | None,
    weights: str | None,
    download: bool,
    without: tuple[str, ...],
    fold: str,
    report: Path | None,
    out: Path | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Several models side by side, one row each: reconstruction, quality, classes, copying,
    disentanglement.

    RUN is a folder of fractaldream train, or a checkpoint. Rows are kept in RUN/measures.json: a
    comparison that was interrupted, or gets one more run, goes on from there.
    """
    from evalkit.comparison.page import curves, table, write
    from evalkit.comparison.runs import Settings
    from evalkit.comparison.runs import compare as compared
    from evalkit.networks.classifier import load_classifier
    from evalkit.sample_quality.figures import check_png, write_figure
    from evalkit.support.files import check_places

    check_places(json_file, report, out)
    check_png(out)
    named = None if names is None else load_classifier(names, device)
    found = compared(
        list(runs), data=data, root=root, part=part, resize=resize, classifier=named,
        classifier_name=names or "", weights=weights, download=download,
        settings=Settings(n=n, seed=seed, without=without, fold=fold), device=device,
        progress=not quiet,
    )  # fmt: skip
    if report is not None:
        write(found, report)
    if out is not None:
        write_figure(curves(found.rows), out)
    say(found.to_dict(), table(found), json_file)
