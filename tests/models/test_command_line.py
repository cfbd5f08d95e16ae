"""What the command lines share."""

import pytest

from fractaldream_models.cli import cli
from fractaldream_models.command_line import one_line


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("train d --preset aae", "aae-fdd"),
        ("train d --kind va", "vae-gan"),
        ("train d --set latent_l", "latent_loss="),
        ("settings cv", "cvae"),
        ("presets dc", "dcgan-fdd"),
    ],
)
def test_shells_complete_names(words, completed):
    from click.shell_completion import ShellComplete

    *before, last = words.split()
    complete = ShellComplete(cli, {}, "fractaldream", "_X_COMPLETE")
    rows = [item.value for item in complete.get_completions(before, last)]
    assert completed in rows and all(value.startswith(last) for value in rows)


def test_an_interrupted_command_says_that_work_is_kept_only_where_it_is(capsys):
    def sample():
        raise KeyboardInterrupt

    def train():
        raise KeyboardInterrupt

    for command, words in (
        (sample, "interrupted"),
        (train, "interrupted: what is complete is kept"),
    ):
        with pytest.raises(SystemExit) as caught:
            one_line(command)()
        assert caught.value.code == 130 and capsys.readouterr().err == f"fractaldream: {words}\n"
