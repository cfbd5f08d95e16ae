"""What notebooks show of results: tables in HTML, tables of pandas, and figures without pyplot."""

import subprocess
import sys

import h5py
import numpy as np
import pytest
from models_files import write_dataset, write_model

import evalkit
import fractaldream as fd
from evalkit.clean.summary import FindingCount
from evalkit.memorization.copying import Copying
from evalkit.memorization.precision_recall import Prdc
from evalkit.sample_quality.distances import Distance
from fractaldream.notebook import NotebookResult

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
        {"pixels": Distance("pixels", 9, 2.0, 1.0, 0.2, 1.5, 0.01)}, 0.9, 1.0,
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
            manifold=evalkit.Manifold(5, 50, prdc, prdc), family=None,
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
