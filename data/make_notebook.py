"""Write data/notebook.ipynb and execute it from top to bottom; the outputs are kept.

    python data/make_notebook.py           # some minutes
    python data/make_notebook.py --check   # compare the notebook with the cells below

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

Every image is tied to the six numbers that made it, and can be rendered again, bit for bit. This
notebook loads the data, looks at them, and renders an image again to compare. Then it trains a
small model that never sees a parameter, and asks whether the model has nevertheless rebuilt the map
from parameters to images.

On Kaggle, add the data set `fdd-50k`, and install the package `fractaldream` that rendered it.
Elsewhere the notebook renders the first images of the same recipe.""",
    ),
    (
        "code",
        """from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import fractaldream as fd

files = sorted(Path("/kaggle/input").glob("**/fdd-50k.h5"))
if not files:
    first = fd.RenderOptions(stop=96)  # its first 96 images
    fd.render(fd.Recipe(n=50_000), "fdd-50k.h5", options=first)
    files = [Path("fdd-50k.h5")]
data = fd.open(files[0])
data.shape, data.recipe.law, data.content_sha256""",
    ),
    (
        "markdown",
        """## The images

A pixel holds a level: 0 where no point of the orbit fell, 1 (few) to 255 (many visits) elsewhere.
The file carries palettes, which turn levels into colours.""",
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
        """print("     smallest   median  largest")
for name, column in zip(fd.PARAM_NAMES, data.params.T):
    print(f"{name:3} {column.min():8.4f} {np.median(column):8.4f} {column.max():8.4f}")
print("images for training, validation and test:", np.bincount(data.split, minlength=3))
print("largest Lyapunov exponent", data.lyapunov.max())""",
    ),
    (
        "markdown",
        "## Render an image again\n\nThe same parameters give the same bytes on any machine.",
    ),
    (
        "code",
        """row = 5
again = fd.render_images(data.params[row]).levels[0]
assert (again == data[row]).all()
print(f"row {row} rendered again: {again.size:,} pixels, all the same")

checked = fd.verify(files[0], sample=20)
assert checked.passed
print(f"{checked.compared} more images drawn at random and rendered again: all the same")""",
    ),
    (
        "markdown",
        """## A small model

For questions about latent spaces the parameters are drawn from normal distributions, and no draw is
refused, so some images are specks. The model is a variational autoencoder with six latents. It is
trained for some seconds only: for a real try, raise the two numbers below.""",
    ),
    (
        "code",
        """import fractaldream_models as fm

IMAGES, EPOCHS = 2000, 4

recipe = fd.Recipe(law="normal", refusals=False, n=IMAGES, size=32)
fd.render(recipe, "normal.h5", force=True)
result = fm.train("normal.h5", "run", {"epochs": EPOCHS}, preset="vae-fdd")
result""",
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

`evalkit.correspond` answers with a table of six rungs, from the strongest claim, that the same
parameters give the same image, to the weakest. What takes longest for images of 32 px comes with
the package, so an answer takes about a minute. The lines about power say what could have been
found: read them before you conclude anything from a claim that is not found.""",
    ),
    (
        "code",
        """import evalkit

answer = evalkit.correspond(result.checkpoint, "normal.h5")
print(answer)""",
    ),
    (
        "markdown",
        """## A model that has

A model that comes with the package learnt with the parameters of its images. The same question has
another answer for it.""",
    ),
    (
        "code",
        """answer = evalkit.correspond("pretrained:aae-paired", "normal.h5")
print(answer)""",
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
            notebook, timeout=3600, kernel_name="python3", resources={"metadata": {"path": folder}}
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
