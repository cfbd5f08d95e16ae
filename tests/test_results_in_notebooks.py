"""What notebooks show of results: tables in HTML, tables of pandas, and figures without pyplot."""

import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest

import evalkit
import fractaldream as fd
from evalkit.clean.summary import FindingCount
from evalkit.memorization.copying import Copying
from evalkit.memorization.precision_recall import Prdc
from evalkit.sample_quality.distances import Distance
from fractaldream.datasets.notebook import NotebookResult
from models_files import write_dataset, write_model

# results by the front door that returns them
FRONT_DOORS = (
    "render", "neighbours", "quality", "disentangle", "compare", "project", "grid", "interpolate",
    "arithmetic", "review",
)  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    rendered = fd.render(fd.Recipe(n=8, size=16, iterations=2000), folder / "a&b.h5")
    data = write_dataset(folder / "data.h5", n=80)
    with h5py.File(data, "a") as file:
        file["index"] = np.arange(80)
    model = write_model(folder / "vae.pt", channels=3)
    prdc = Prdc(0.9, 0.8, 1.1, 0.7)
    quality = evalkit.Quality(
        "m", "vae", "data", "fresh", 50, 0,
        {"pixels": Distance("pixels", 9, 2.0, 1.0, 0.2, 1.5, 0.01)},
        evalkit.ClassifierTest(0.6, (0.5, 0.7), 0.01, 0.5, 50, 50, 16), 0.9, 1.0,
        None, None, None, None,
    )  # fmt: skip
    return {
        "render": rendered,
        "disentangle": evalkit.Disentanglement(
            {"mig": evalkit.Score(0.5, 0.4, 0.6, 0.01, {"a": 0.4})}, ("a", "b"), 100, 3, 2,
            evalkit.DisentangleOptions(), [[0.5, 0.5]] * 3, [[0.1, 0.2]] * 3,
        ),
        "project": evalkit.project(
            model, data, options=evalkit.ProjectionOptions(n=40, methods=("pca",))
        ),
        "grid": evalkit.grid(model, data, options=evalkit.GridOptions(n=3)),
        "interpolate": evalkit.interpolate(model, ["row:1", "row:2"], data),
        "arithmetic": evalkit.arithmetic(model, "row:1 - row:2 + row:3", data),
        "quality": quality,
        "review": evalkit.ReviewSummary(
            "<folder>", 9, 8, 1, "pixels", 0.1, 2, {"blank": FindingCount(2, 1)}
        ),
        "neighbours": evalkit.NeighboursResult(
            model="m", kind="vae", data="data", learnt=True, features="pixels",
            yardstick="held-out images", trained_on=60, fresh=20, images=np.zeros((5, 1, 4, 4)),
            labels=None, nearest=None, copying=Copying(0, 0.5, 0, 0.5, 0, 0.5, 0.5, 0.5, 3),
            closer_than_1_percent=0.01, generated_quantiles=(0.1,) * 6, fresh_quantiles=(0.2,) * 6,
            manifold=evalkit.Manifold(5, 50, "detail", prdc, prdc), family=None,
        ),
        "compare": evalkit.Comparison(
            "data", evalkit.CompareOptions(),
            tuple(evalkit.Row(f"run{k}", "ckpt.pt", "vae", k, "relu", 16, 10**6, 3,
                              {"mse": 0.1 * k, "frechet": 1.5}, {}, ()) for k in (2, 4)), {},
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", FRONT_DOORS)
def test_a_result_is_a_table_in_html_and_for_pandas(results, name):
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    html = results[name]._repr_html_()
    assert html.startswith("<table>") and html.count("<tr>") >= 2
    assert len(html) < 10_000
    assert isinstance(results[name], NotebookResult)
    frame = results[name].to_dataframe()
    assert isinstance(frame, pandas.DataFrame) and len(frame) + 1 == html.count("<tr>")


@pytest.mark.parametrize("name", FRONT_DOORS)
def test_a_result_is_drawn_without_pyplot(results, name):
    from matplotlib.figure import Figure

    figure = results[name].plot()
    assert isinstance(figure, Figure) and figure.axes
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_texts_are_escaped_and_numbers_say_which_way_is_better(results):
    assert "a&amp;b.h5" in results["render"]._repr_html_()
    html = results["review"]._repr_html_()
    assert "&lt;folder&gt;" in html and "<folder>" not in html
    assert "value<br><small>higher is better</small>" in results["disentangle"]._repr_html_()
    assert "MSE<br><small>lower is better</small>" in results["compare"]._repr_html_()


def test_drawing_leaves_pyplot_alone():
    code = (
        "import sys, evalkit, evalkit.clean.summary as s\n"
        "found = {'blank': s.FindingCount(2, 1)}\n"
        "r = evalkit.ReviewSummary('f', 9, 8, 1, 'pixels', .1, 2, found)\n"
        "r.plot(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)


@pytest.mark.parametrize("name", FRONT_DOORS)
def test_a_printed_table_explains_itself(results, name):
    """It has a header, says which way is better where one is, and means something in words."""
    text = str(results[name])
    lines = text.splitlines()
    assert lines[1] == "" or name in ("compare", "render"), text
    assert not any(line.endswith(" ") for line in lines)
    assert max(len(line) for line in lines[1:]) < 130
    if name == "render":
        return
    assert any(line.endswith((".", ",")) or ". " in line for line in lines[3:]), text
    if name not in ("grid", "interpolate", "review"):
        assert "lower" in text or "higher" in text or "near" in text


FEW_KINDS = Prdc(1.0, 0.01, 5.9, 0.995)


def test_praise_of_few_kinds_has_a_caveat(results):
    good = results["neighbours"]
    narrow = replace(good, manifold=replace(good.manifold, generated=FEW_KINDS))
    words = "the model draws few of the kinds of image in the data"
    assert words in " ".join(str(narrow).split()) and words in narrow._repr_html_()
    assert words not in " ".join(str(good).split())
    figures = {"precision": 1.0, "recall": 0.01, "density": 5.9, "coverage": 0.995}
    first, second = results["compare"].rows
    rows = (replace(first, figures=figures),
            replace(second, figures=figures | {"recall": 0.9, "density": 1.0}))  # fmt: skip
    compared = replace(results["compare"], rows=rows)
    assert "run2: High precision (1.000) with very low recall (0.010)" in str(compared)
    assert "run2, run4" not in str(compared) and "run2: High" in compared._repr_html_()
    dull = replace(results["quality"], diversity=0.1)
    assert "Diversity (0.100) is low" in str(dull) and "is low" not in str(results["quality"])
