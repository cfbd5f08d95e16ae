"""Make data/notebook.ipynb: written here, executed from top to bottom, kept with what it showed.

    python data/make_notebook.py           # some minutes
    python data/make_notebook.py --check   # does the notebook still say what is written here?

It runs on Kaggle with the data set added to it, and anywhere else on images that it renders itself.
Needs nbclient and ipykernel, and `fractaldream` installed. Nothing of it goes online.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat

TARGET = Path(__file__).parent / "notebook.ipynb"

CELLS = (
    (
        "markdown",
        """# Fractal Dream: images with known latents

Every image is tied to the six numbers that made it, and can be made again, bit for bit. This
notebook loads the data, looks at it, renders an image again and compares, trains a small model that
never sees a parameter, and asks with `evalkit correspond` whether the model has rebuilt the map
from parameters to images all the same.

On Kaggle, add the data set `fdd-50k`, and install the package `fractaldream` it was rendered with.
Elsewhere the notebook renders a small set of the same recipe.""",
    ),
    (
        "code",
        """from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import fractaldream as fd

found = sorted(Path("/kaggle/input").glob("**/fdd-50k.h5"))
if not found:
    first = fd.RenderOptions(stop=96)  # its first 96 images
    fd.render(fd.Recipe(n=50_000), "fdd-50k.h5", options=first)
    found = [Path("fdd-50k.h5")]
data = fd.open(found[0])
data.shape, data.recipe.law, data.content_sha256""",
    ),
    (
        "markdown",
        "## The images\n\nLevel 0: no point fell there. Colours: a palette of the file.",
    ),
    (
        "code",
        """figure, axes = plt.subplots(3, 8, figsize=(12, 4.6))
for row, axis in enumerate(axes.flat):
    axis.imshow(data.rgb(row, "kbc"))
    axis.axis("off")
figure.tight_layout()""",
    ),
    (
        "code",
        """for name, column in zip(fd.PARAM_NAMES, data.params.T):
    print(f"{name:3} {column.min():8.4f} {np.median(column):8.4f} {column.max():8.4f}")
print("splits", np.bincount(data.split, minlength=3))
print("largest Lyapunov exponent", data.lyapunov.max())""",
    ),
    ("markdown", "## One of them again\n\nThe same parameters give the same bytes on any machine."),
    (
        "code",
        """row = 5
again = fd.render_images(data.params[row]).levels[0]
assert (again == data[row]).all()
print("row", row, "rendered again:", again.size, "pixels, all the same")

checked = fd.verify(found[0], sample=20)
assert checked.passed
print(checked.compared, "more drawn, rendered and compared: all the same")""",
    ),
    (
        "markdown",
        """## A small model

For latent-space work the parameters are drawn from scaled normals and nothing is refused. The model
is an adversarial autoencoder with six latents, far too small, trained far too briefly to be good:
raise the numbers below and take the preset aae-fdd for a real try (docs/results/training.md says
what these reach).""",
    ),
    (
        "code",
        """import fractaldream_models as fm

IMAGES, EPOCHS, WIDTH = 512, 2, 0.0625

recipe = fd.Recipe(law="normal", refusals=False, n=IMAGES, size=32, iterations=10_000)
fd.render(recipe, "normal.h5", force=True)
small = {"width": WIDTH, "epochs": EPOCHS, "batch": 32}
result = fm.train("normal.h5", "run", small, preset="aae-fdd-2019")
result.checkpoint, result.best_epoch""",
    ),
    (
        "code",
        """samples = fm.sample(result.checkpoint, 16)
figure, axes = plt.subplots(2, 8, figsize=(12, 3.2))
for image, axis in zip(samples.images, axes.flat):
    axis.imshow(image.permute(1, 2, 0))
    axis.axis("off")
figure.tight_layout()""",
    ),
    (
        "markdown",
        """## Has it rebuilt the map?

`evalkit correspond run/ckpt.pt --data normal.h5`, made quick: few pairs, few ignorant generators
to rank it among (so that the level can only be 0.2, not 0.05), an inverse renderer that learnt
from few renderings. It shows how the ladder is read and decides nothing; leave the settings out
for a verdict to quote. docs/explanation/correspondence.md says what each rung tests.""",
    ),
    (
        "code",
        """import os

from evalkit.correspondence.evaluation import correspond
from evalkit.correspondence.options import CorrespondOptions

os.environ["FRACTALDREAM_CACHE"] = "kept"  # the inverse renderer stays in this folder
options = CorrespondOptions(
    n=32, rotations=39, ensemble=19, replicates=0, alpha=0.2,
    images=8_192,  # the default is 400,000
)
print(correspond(result.checkpoint, "normal.h5", options=options))""",
    ),
)


def written() -> nbformat.NotebookNode:
    """The notebook as written above, not executed."""
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    cells = [make[kind](text, id=f"cell-{k}") for k, (kind, text) in enumerate(CELLS)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def difference(notebook: nbformat.NotebookNode) -> str | None:
    """Return how an executed notebook differs from the one written above, run without an error."""
    if [(c.cell_type, c.source) for c in notebook.cells] != list(CELLS):
        return "other cells"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        return "not run from top to bottom"
    if any(output.output_type == "error" for cell in code for output in cell.outputs):
        return "an error in it"
    return None


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run it in an empty folder, and keep of the outputs what says something."""
    from nbclient import NotebookClient

    root = str(Path(__file__).parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran
        for output in cell.get("outputs", ()):
            # drawings name the figure's object, at another place each time
            if "text/plain" in output.get("data", {}):
                text = output["data"]["text/plain"]
                output["data"]["text/plain"] = re.sub(r" at 0x[0-9a-f]+", "", text)
    notebook.metadata.pop("language_info", None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, do not execute")
    if parser.parse_args().check:
        found = difference(nbformat.read(TARGET, 4))
        sys.exit(f"{TARGET}: {found}; run this without --check" if found else 0)
    notebook = written()
    execute(notebook)
    beside = TARGET.with_suffix(".part")
    nbformat.write(notebook, beside)
    beside.replace(TARGET)
    print(TARGET)


if __name__ == "__main__":
    main()
