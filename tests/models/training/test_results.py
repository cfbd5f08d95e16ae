"""What a notebook shows of a training."""

import json

import pytest

from fractaldream_models.training.results import TrainResult, next_commands


@pytest.mark.usefixtures("curves")
def test_a_notebook_shows_the_result_and_the_curves(tmp_path):
    rows = [{"epoch": k, "autoencoder": 1 / k, "validation_mse": 0.1 / k} for k in (1, 2, 3)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = TrainResult(
        str(tmp_path), 3, 3, "<loss>", 0.03, 0.03, 3, 0.03, None, 100.0, "ckpt.pt", ()
    )
    page = result._repr_html_()
    assert page.startswith("<table>") and "&lt;loss&gt;, best (lower is better)" in page
    figure = result.plot()
    assert figure._repr_png_().startswith(b"\x89PNG")
    drawn = [axes for axes in figure.axes if axes.lines]
    assert list(drawn[0].lines[0].get_xdata()) == [1, 2, 3]
    assert result.to_dataframe()["autoencoder"].to_dict() == {1: 1, 2: 1 / 2, 3: 1 / 3}


def test_the_next_commands_are_those_that_work_for_the_run():
    commands = next_commands("r", "r/c.pt", "mnist", "my idx", encodes=True, maps=False)
    assert "fractaldream reconstruct r/c.pt mnist --root 'my idx'" in commands
    assert not any("correspond" in command for command in commands)
    commands = next_commands("r", "r/c.pt", "a.h5", None, encodes=True, maps=True)
    assert commands[1:3] == ("fractaldream reconstruct r/c.pt a.h5", "evalkit correspond r/c.pt")
