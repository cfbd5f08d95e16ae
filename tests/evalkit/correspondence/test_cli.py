"""The command `evalkit correspond`."""

import json

import pytest

from evalkit.correspondence.rung_names import RUNGS

pytestmark = pytest.mark.usefixtures("short")


def test_the_command_on_a_checkpoint(command, checkpoint, tmp_path):
    done = command(checkpoint(6), "--json", "out.json", "--report", "out.html")
    assert done.exit_code == 0, done.output
    assert "adjusted" in done.stdout and "identity" in done.stdout
    values = json.loads((tmp_path / "out.json").read_text())
    assert tuple(values["levels"]) == RUNGS and values["verdict"] in done.stdout
    assert "<!doctype html>" in (tmp_path / "out.html").read_text()


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
