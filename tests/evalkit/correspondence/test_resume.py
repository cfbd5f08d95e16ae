"""Test that what an interrupted or earlier run left is not computed again."""

import dataclasses
import json

import numpy as np
import pytest

from evalkit.correspondence import resume
from evalkit.correspondence.archive import load_results, save_results
from evalkit.correspondence.map_scores import MapScores


def of_call(result, model, options):
    """Return a result as that of another model and of other options."""
    method = dataclasses.replace(result.method, options=options)
    return dataclasses.replace(result, generator=model.name, method=method)


def test_results_are_read_as_they_were_written(results, tmp_path):
    save_results(results, tmp_path / "part")
    for name, again in load_results(tmp_path / "part").items():
        assert again.to_dict() == results[name].to_dict() and str(again) == str(results[name])
        assert again.symmetry.operation == results[name].symmetry.operation
        assert np.array_equal(again.rotation.matrix, results[name].rotation.matrix)
        assert np.array_equal(again.rotation.draws, results[name].rotation.draws)
        assert again.method == results[name].method and again.power == results[name].power


@pytest.fixture
def two_files(checkpoint, tmp_path):
    """Two checkpoints of the same size, by the names that a command line gives them."""
    second = checkpoint(6).rename(tmp_path / "other.pt")
    return checkpoint(6).name, str(second)


def test_what_is_done_is_kept_when_the_next_one_is_interrupted(
    command, two_files, results, tmp_path, monkeypatch
):
    first_file, second_file = two_files
    climbed, powers = [], []

    def interrupted(generators, renderer, inverse, options, *, keep, **how):
        keep(MapScores(power=results["planted"].power))
        yield of_call(results["planted"], generators[0], options)
        raise KeyboardInterrupt

    def whole(generators, renderer, inverse, options, *, scores, **how):
        powers.append(scores.power)
        climbed.extend(generator.name for generator in generators)
        for generator in generators:
            name = "planted" if generator.name == first_file else "smooth"
            yield of_call(results[name], generator, options)

    command_line, report = (first_file, second_file, "--json", "out.json"), ("--report", "out.html")
    monkeypatch.setattr(resume, "run_ladders", interrupted)
    done = command(*command_line, *report)
    assert done.exit_code != 0
    next(tmp_path.glob("map-*.json")).unlink()  # as where the cache cannot be written
    first = json.loads((tmp_path / "out.json").read_text())
    verdict = results["planted"].verdict
    assert [entry["verdict"] for entry in first["generators"]] == [verdict]
    assert first["pending"] == [second_file]
    assert (
        verdict in " ".join(done.stdout.split()) and verdict in (tmp_path / "out.html").read_text()
    )

    monkeypatch.setattr(resume, "run_ladders", whole)
    done = command(*command_line, *report)
    assert done.exit_code == 0 and climbed == [second_file]  # the other is not climbed again
    assert powers == [results["planted"].power]  # nor is its power asked again
    again = json.loads((tmp_path / "out.json").read_text())
    assert again["generators"][0] == first["generators"][0] and again["pending"] == []
    assert verdict in " ".join(done.stdout.split()) and not (tmp_path / "out.json.part").exists()
    page = (tmp_path / "out.html").read_text()
    assert page.count("your generator (red line)") == 16  # nulls, twice
    assert "--force" in command(*command_line).stderr  # what is complete is not replaced
    command(*command_line, "--force")
    # nothing is left of a run that was done
    assert climbed == [second_file, first_file, second_file]
    assert json.loads((tmp_path / "out.json").read_text()) == again

    monkeypatch.setattr(resume, "run_ladders", interrupted)
    command(*command_line, "--force")
    monkeypatch.setattr(resume, "run_ladders", whole)
    assert "--force" in command(*command_line, "--seed", "3").stderr  # not of these settings
    command(*command_line, "--seed", "3", "--force")
    assert climbed[3:] == [first_file, second_file] and powers[-1] == {}  # other settings
    (tmp_path / "out.json.part").write_bytes(b"no")
    assert "computed anew" in command(*command_line).stderr


def test_an_interrupted_run_frees_its_own_files_alone(
    command, checkpoint, results, tmp_path, monkeypatch
):
    first, second = "6.pt", str(checkpoint(6).rename(tmp_path / "other.pt"))
    third = str(checkpoint(6).rename(tmp_path / "third.pt"))
    checkpoint(6)

    def interrupted(models, renderer, inverse, options, **how):
        yield of_call(results["planted"], models[0], options)
        raise KeyboardInterrupt

    monkeypatch.setattr(resume, "run_ladders", interrupted)
    command(first, second, "--json", "out.json", "--report", "out.html")
    kept = {name: (tmp_path / name).read_bytes() for name in ("out.json", "out.html")}
    (tmp_path / "other.html").write_text("<h1>mine</h1>")
    for words in (
        (first, second, "--report", "other.html"),  # a file that the run has not written
        (first, third),  # the second is pending in the JSON file
        (second, third),
        (first, second, "--n", "50"),
    ):
        done = command(*words, "--json", "out.json")
        assert done.exit_code == 2 and "--force" in done.stderr
    assert (tmp_path / "other.html").read_text() == "<h1>mine</h1>"
    assert kept == {name: (tmp_path / name).read_bytes() for name in kept}


def test_the_power_is_kept_for_the_next_generator(
    command, checkpoint, results, tmp_path, monkeypatch
):
    powers = []

    def run_ladders(generators, *args, scores, keep, **how):
        powers.append(scores.power)
        keep(MapScores(power=results["planted"].power))
        yield results["planted"]

    monkeypatch.setattr(resume, "run_ladders", run_ladders)
    command(checkpoint(6))
    another = checkpoint(6).rename(tmp_path / "other.pt")
    assert command(another).exit_code == 0
    assert powers == [{}, results["planted"].power]
    command(another, "--n", "64")
    (tmp_path / "i.pt").write_bytes(b"another")
    command(another)
    assert powers[2:] == [{}, {}]  # of other settings, of another inverse renderer
    for file in tmp_path.glob("map-*.json"):
        file.write_text("no")
    assert "computed anew" in command(another).stderr


def test_results_of_other_code_are_computed_again(
    command, two_files, results, tmp_path, monkeypatch
):
    first, second = two_files
    requested, powers = [], []

    def ladders(models, renderer, inverse, options, *, scores, **how):
        powers.append(scores.power)
        for model in models:
            requested.append(model.name)
            if model.name == second and len(requested) == 2:
                raise KeyboardInterrupt
            yield of_call(results["planted"], model, options)

    monkeypatch.setattr(resume, "run_ladders", ladders)
    assert command(first, second, "--json", "out.json").exit_code != 0
    monkeypatch.setattr(resume, "fingerprint", lambda: "other code")
    assert command(first, second, "--json", "out.json").exit_code == 0
    assert requested == [first, second, first, second]
    assert powers == [{}, {}]
