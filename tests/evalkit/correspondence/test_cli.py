"""The command `evalkit correspond`."""

import json

import pytest

from evalkit.correspondence.archive import save_results
from evalkit.correspondence.cli import _check_files
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.replicates import ReplicatesResult
from evalkit.correspondence.rung_names import RUNGS
from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_json
from fractaldream_base.output import OutputOptions
from invented_result import invented_result

pytestmark = pytest.mark.usefixtures("short")
OPTIONS = CorrespondOptions()


@pytest.mark.slow
def test_the_command_on_a_checkpoint(command, checkpoint, tmp_path):
    done = command(checkpoint(6), "--json", "out.json", "--report", "out.html")
    assert done.exit_code == 0, done.output
    assert "adjusted" in done.stdout and "identity" in done.stdout
    values = json.loads((tmp_path / "out.json").read_text())
    assert tuple(values["levels"]) == RUNGS and values["verdict"] in " ".join(done.stdout.split())
    assert "<!doctype html>" in (tmp_path / "out.html").read_text()


@pytest.mark.slow
def test_another_latent_size_is_said_and_the_rest_is_answered(command, checkpoint):
    done = command(checkpoint(3), "--json")
    assert done.exit_code == 2
    levels = json.loads(done.stdout)["levels"]
    assert "3 latents" in levels["identity"]["skipped"]
    assert levels["affine"]["statistic"] is not None and levels["local"]["p_value"] is not None
    assert done.stderr.count("\n") == 1 and "latent=6" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nowhere.pt"], "no such file"),
        (["nowhere"], "module:callable"),
        (["json:nothing"], "no nothing"),
        (["no_such_module:g"], "cannot import"),
    ],
)
def test_generators_that_are_not_there(command, args, message):
    done = command(*args)
    assert done.exit_code == 2 and message in done.stderr and done.stderr.count("\n") == 1


@pytest.fixture
def check(tmp_path):
    """Ask whether a call may write its files, after an interrupted one of a.pt and b.pt."""
    file = tmp_path / "out.json"
    file.write_text(json.dumps({"generators": [{"generator": "a.pt"}], "pending": ["b.pt"]}))
    part = tmp_path / "out.json.part"
    save_results({"key": invented_result("a.pt")}, part)

    def ask(*names, report=None, options=OPTIONS):
        return _check_files(OutputOptions(file), report, part, names, options)

    return ask


def test_the_same_call_goes_on(check):
    check("a.pt", "b.pt")
    check("b.pt", "c.pt", "a.pt")


@pytest.mark.parametrize("names", [("a.pt",), ("a.pt", "b.pt")])
def test_a_call_that_was_killed_before_its_last_file_goes_on(tmp_path, names):
    results = [invented_result(name) for name in names]
    whole = ReplicatesResult(tuple(results)) if len(names) > 1 else results[0]
    file, part = tmp_path / "out.json", tmp_path / "out.json.part"
    write_json(file, whole.to_dict())
    save_results(dict(zip(names, results, strict=True)), part)
    _check_files(OutputOptions(file), None, part, names, OPTIONS)
    part.unlink()
    with pytest.raises(BadInput, match="exists"):
        _check_files(OutputOptions(file), None, part, names, OPTIONS)


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (("a.pt", "c.pt"), OPTIONS),  # the result of b.pt would be lost
        (("b.pt", "c.pt"), OPTIONS),
        (("a.pt", "b.pt"), CorrespondOptions(n=64)),
    ],
)
def test_another_call_is_refused(check, names, options):
    with pytest.raises(BadInput, match="--force"):
        check(*names, options=options)


def test_other_files_are_refused(check, tmp_path):
    report = tmp_path / "mine.html"
    report.write_text("<h1>mine</h1>")
    with pytest.raises(BadInput, match=r"mine\.html: exists"):
        check("a.pt", "b.pt", report=report)
    (tmp_path / "out.json").write_text('{"generators": [{"generator": "a.pt"}], "pending": []}')
    with pytest.raises(BadInput, match=r"out\.json: exists"):
        check("a.pt", "b.pt")
