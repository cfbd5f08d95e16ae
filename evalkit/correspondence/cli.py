"""evalkit correspond: the command line of `evaluation.correspond`."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.inputs.options import REPORT
from fractaldream_base.options import DEVICE, OUTPUT, THREADS, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command
from fractaldream_models.pretrained import completed_checkpoints

from .options import CORRESPOND, CorrespondOptions

if TYPE_CHECKING:
    from .results import CorrespondResult

GENERATORS = click.argument(
    "generators", metavar="CKPT...", nargs=-1, required=True, shell_complete=completed_checkpoints
)
DATA = click.option(
    "--data",
    type=click.Path(),
    metavar="FILE",
    help="Data set that the generators learned from.  [default: as recorded]",
)


@command(
    epilog="\b\nExamples:\n"
    "  evalkit correspond runs/aae/ckpt.pt --data normal.h5 --report ladder.html\n"
    "  evalkit correspond runs/aae-*/ckpt.pt --data normal.h5 --json ladder.json\n"
    "  evalkit correspond mymodule:generate --n 256"
)
@takes(GENERATORS, DATA, CORRESPOND, REPORT, DEVICE, THREADS, OUTPUT)
def correspond(
    generators: tuple[str, ...],
    data: str | None,
    options: CorrespondOptions,
    device: str,
    output: OutputOptions,
    report: Path | None,
) -> None:
    """Test whether a generator has rebuilt the true map.

    The true map takes the six parameters to an image.

    CKPT is a checkpoint, or module:callable (z float (N, L) in, images (N, H, W) or (N, H, W, C)
    out). Several are compared on the same draws.

    The answer comes in words, with a table of six rungs, from "the same image for the same
    parameters" to "neighbours stay neighbours". The page of --report explains the terms.

    The first run on new image settings trains an inverse renderer, which is kept, however far it
    came. After an interrupt the same command goes on with the next checkpoint: those that are done
    are in the file of --json.
    """
    options.check()
    part = _part(output)
    _check_files(output, report, part, generators, options)

    from .evaluation import correspond_each

    results: list[CorrespondResult] = []
    for result in correspond_each(
        generators, data, options=options, device=device, progress=output.progress, part=part
    ):
        results.append(result)
        _write(results, generators, output, report)
    skipped = [result for result in results if result.skipped]
    for result in skipped:
        name = " ".join(result.generator.splitlines())
        click.echo(
            f"evalkit correspond: {name}: {result.skipped}; rungs 1 to 3 need a model of latent=6",
            err=True,
        )
    sys.exit(2 if skipped else 0)


def _part(output: OutputOptions) -> Path | None:
    """Return the file that keeps finished results until all files are written."""
    file = output.json_file
    if file is None or output.json_on_stdout:
        return None
    return file.with_name(f"{file.name}.part")


def _check_files(
    output: OutputOptions,
    report: Path | None,
    part: Path | None,
    generators: tuple[str, ...],
    options: CorrespondOptions,
) -> None:
    """Refuse files that exist, but not those that an interrupted run of this call has written."""
    resumed: set[Path | None] = set()
    files = [file for file in (output.json_file, report) if file is not None and file.is_file()]
    if files and not output.force and part is not None and part.exists():
        from .archive import load_results
        from .report import is_report_of

        stored = load_results(part).values()
        done = [r for r in stored if r.generator in generators and r.method.options == options]
        if done and _holds_only(output.json_file, generators, {r.generator for r in done}):
            resumed.add(output.json_file)
            if report in files and is_report_of(report, done):
                resumed.add(report)
    for file in (report, output.json_file):
        replace(output, json_file=None, force=output.force or file in resumed).check(file)


def _holds_only(file: Path | None, generators: tuple[str, ...], done: set[str]) -> bool:
    """Return whether a JSON file is that of a run of these generators that has not ended.

    done: the generators whose results the run has kept. Where these are all, the file may be
    complete: the run was killed before its report was, or before it removed what it kept.
    """
    if file is None or not file.is_file():
        return True
    try:
        values = json.loads(file.read_bytes())
        pending = values.get("pending", [])
        listed = {*(each["generator"] for each in values.get("generators", [values])), *pending}
        if not pending:
            return listed == set(generators) == done
        return listed <= set(generators)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _write(
    results: "list[CorrespondResult]",
    names: tuple[str, ...],
    output: OutputOptions,
    report: Path | None,
) -> None:
    """Write what is known so far: the last result to stdout, all of them to the files."""
    from .replicates import ReplicatesResult
    from .report import write_report
    from .tables import ladder_table, replicates_table

    done = len(results) == len(names)
    whole: CorrespondResult | ReplicatesResult = results[0]
    text = ladder_table(results[-1], several=len(names) > 1)
    if len(names) > 1:
        whole = ReplicatesResult(tuple(results), names[len(results) :])
        text += "\n" + replicates_table(whole.across) if done else ""
    if done or not output.json_on_stdout:  # JSON on stdout is written once
        output.say(whole.to_dict(), text)
    if report is not None:
        write_report(results, report)
