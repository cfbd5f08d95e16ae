"""Models side by side: rows that are kept, a table and a page that say which is better."""

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

import fractaldream
from evalkit.comparison import cli, evaluation, store
from evalkit.comparison.columns import COLUMNS
from evalkit.comparison.evaluation import compare
from evalkit.comparison.options import CompareOptions
from evalkit.inputs.images import open_images
from evalkit.inputs.options import ImageOptions
from evalkit.networks.classifier import save_classifier
from evalkit.networks.classifier_training import train_classifier
from evalkit.networks.options import ClassifierOptions
from fractaldream_base.errors import BadInput
from models_files import write_mnist, write_model

CURVES = '{"epoch": 1, "d_real_mean": 0.8, "d_fake_mean": 0.3, "d_real_cv": 0.1}\n'


def write_run(folder, kind="vae", **how):
    folder.mkdir(parents=True)
    write_model(folder / "ckpt.pt", kind, **how)
    if kind == "dcgan4":
        (folder / "metrics.jsonl").write_text(CURVES)
    return str(folder)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Three runs on a small MNIST, and a classifier of it."""
    folder = tmp_path_factory.mktemp("compare")
    write_mnist(folder / "idx", 270)
    read = {"source": "mnist", "part": "test", "held_out": 0.2}
    for latent in (2, 10):
        write_run(folder / f"vae-{latent}", latent=latent, size=28, read=read)
    write_run(folder / "<b>gan", "dcgan4", latent=10, size=32, read=read | {"resize": True})
    images = open_images("mnist", root=folder / "idx", part="test")
    save_classifier(train_classifier(images, ClassifierOptions(epochs=1)), folder / "c.pt")
    return folder


RUNS = ("vae-2", "vae-10", "<b>gan")


@pytest.fixture(scope="module")
def compared(work):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRACTALDREAM_CACHE", str(work / "cache"))
        args = [*(str(work / run) for run in RUNS), "--root", str(work / "idx"), "--quiet"]
        args += ["--classifier", str(work / "c.pt"), "--json", str(work / "c.json")]
        done = CliRunner().invoke(
            cli.compare,
            [*args, "--report", str(work / "c.html"), "--out", str(work / "c.png")],
            catch_exceptions=False,
        )
        assert done.exit_code == 0
        yield done.stdout, json.loads((work / "c.json").read_text())


def test_one_row_of_everything_for_each_run(compared):
    text, values = compared
    rows = {row["run"]: row for row in values["rows"]}
    assert list(rows) == list(RUNS)
    vae, gan = rows["vae-10"], rows["<b>gan"]
    assert (vae["kind"], vae["latent"], vae["activation"], vae["size"]) == ("vae", 10, "relu", 28)
    shared = {"frechet", "kernel", "diversity", "covered", "class_score", "copying_p", "coverage"}
    assert shared | {"mse", "of_pca"} <= set(vae["figures"]) and shared <= set(gan["figures"])
    assert "mse" not in gan["figures"] and "d_gap" in gan["figures"]
    assert any("no encoder" in note for note in gan["notes"])
    assert any("no true parameters" in note for note in vae["notes"])
    assert set(vae["figures"]) <= set(COLUMNS) == set(values["columns"])
    assert vae["details"]["quality"]["images"] == 54
    for word in ("reconstruction", "classes", "copying", "Frechet", "vae-10", "no encoder"):
        assert word in text
    # the best of a column is marked, once
    best = min(rows[run]["figures"]["frechet"] for run in RUNS)
    assert f"{best:.3f}*" in text


def test_rows_are_kept_until_something_changes(work, compared, monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(work / "cache"))
    rows = compared[1]["rows"]
    runs = [str(work / run) for run in RUNS]
    data = ImageOptions(None, root=str(work / "idx"))
    options = CompareOptions(classifier=str(work / "c.pt"))

    def measured(*args, **kwargs):
        raise AssertionError("measured again")

    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "measure_run", measured)
        again = compare(runs[::-1], data, options=options)  # another order makes no difference
        assert [row.figures for row in again.rows[::-1]] == [row["figures"] for row in rows]
        with pytest.raises(AssertionError, match="again"):
            compare(runs[:2], data, options=replace(options, seed=1))
        with patch.context() as changed:
            changed.setattr(store, "fingerprint", lambda: "other code")
            with pytest.raises(AssertionError, match="again"):
                compare(runs[:2], data, options=options)
        write_model(work / "vae-2" / "ckpt.pt", latent=3, size=28, read={"source": "mnist"})
        with pytest.raises(AssertionError, match="again"):
            compare(runs[:2], data, options=options)


def test_what_is_measured_is_kept_when_interrupted(work, tmp_path, monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(work / "cache"))
    read = {"source": "mnist", "part": "test", "held_out": 0.2}
    runs = [write_run(tmp_path / name, latent=2, size=28, read=read) for name in "ab"]
    data = ImageOptions(None, root=str(work / "idx"))
    options = CompareOptions(n=54, without=("copying", "reconstruction"))
    real, seen = evaluation.measure_run, []

    def once(model, *args, **kwargs):
        seen.append(model.name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(model, *args, **kwargs)

    monkeypatch.setattr(evaluation, "measure_run", once)
    with pytest.raises(KeyboardInterrupt):
        compare(runs, data, options=options)
    result = compare(runs, data, options=options)
    assert seen == [f"{runs[0]}/ckpt.pt", f"{runs[1]}/ckpt.pt", f"{runs[1]}/ckpt.pt"]
    assert "mse" not in result.rows[0].figures and "copying" not in result.rows[0].figures
    assert result.rows[0].figures == result.rows[1].figures  # the same weights


@pytest.mark.slow
def test_disentanglement_where_the_data_have_parameters(tmp_path, monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "fd.h5"
    recipe = fractaldream.Recipe(n=150, law="normal", size=16, iterations=1_000, refusals=False)
    fractaldream.render(recipe, file)
    read = {"source": str(file)}
    runs = [
        write_run(tmp_path / kind, kind, latent=4, channels=3, read=read)
        for kind in ("vae", "dcgan")
    ]
    options = CompareOptions(n=130, without=("copying",))
    vae, gan = compare(runs, options=options).rows
    assert {"mig", "sap", "disentanglement", "informativeness", "factor_vae"} <= set(vae.figures)
    assert vae.details["disentanglement"]["notes"]["images"] == "fresh"
    assert "mig" not in gan.figures and gan.activation == "leaky 0.1"


def test_the_page_stands_alone_in_a_browser(work, compared, browser):
    text = (work / "c.html").read_text()
    assert "<b>gan" not in text and "&lt;b&gt;gan" in text
    assert not re.search(r"(src|href)=\"?(?!data:)", text.replace('src="data:', "data:"))
    tab = browser.new_page(viewport={"width": 1280, "height": 720})
    problems, requests = [], []
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto((work / "c.html").as_uri())
    assert tab.locator("tr:has-text('vae-10')").count() >= 3
    assert tab.locator("img").evaluate_all("all => all.every(i => i.naturalWidth > 0)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
    assert not problems and all(url.startswith(("file:", "data:")) for url in requests)
    tab.close()


def test_refusals_are_one_line(tmp_path):
    first = write_run(tmp_path / "a", read={"source": "mnist"})
    second = write_run(tmp_path / "b", read={"source": "fd.h5"})
    with pytest.raises(BadInput, match="different data"):
        compare([first, second])
    pairs = [
        write_run(tmp_path / name, read={"source": "day", "second": name})
        for name in ("dusk", "night")
    ]
    with pytest.raises(BadInput, match=r"data \(day and dusk and day and night\)"):
        compare(pairs)
    with pytest.raises(BadInput, match="without 'everything'"):
        compare([first], options=CompareOptions(without=("everything",)))
