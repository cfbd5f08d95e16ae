"""The page of the demo stands alone, and its commands are ones that the programs take."""

import re
import shlex

import click
import pytest

import evalkit.cli
import fractaldream.cli
from demo_files import write_results
from evalkit.demo.page import NEXT, render_page
from evalkit.demo.steps import RUN, demo_steps
from fractaldream_base.errors import BadInput

PROGRAMS = {"fractaldream": fractaldream.cli.cli, "evalkit": evalkit.cli.cli}


@pytest.mark.parametrize("command", [step.command for step in demo_steps(0)] + [c for c, _ in NEXT])
def test_the_commands_are_ones_that_the_programs_take(command):
    program, *words = shlex.split(command)
    found = PROGRAMS[program]
    context = click.Context(found)
    while isinstance(found, click.Group):
        found = found.get_command(context, words.pop(0))
        assert found is not None
    found.make_context(command, words)


def test_the_page_needs_no_other_file(tmp_path):
    write_results(tmp_path)
    page = render_page(tmp_path, demo_steps(0))
    assert (
        "a &lt; b &amp; c" in page and "&lt;neighbours&gt;" in page and "<neighbours>" not in page
    )
    assert '<p class="verdict">Closer than chance. Recall &lt; 0.2.</p>' in page  # unfolded
    sources = re.findall(r"src=\"([^\"]*)\"", page)
    assert len(sources) == 5 and all(s.startswith("data:image/png;base64,") for s in sources)
    assert "http" not in page and "1 epochs" not in page
    for command, _ in NEXT:
        assert command in page.replace("&quot;", '"')


def test_a_folder_of_another_version_says_what_to_do(tmp_path):
    write_results(tmp_path)
    (tmp_path / "neighbours.json").unlink()
    with pytest.raises(BadInput, match=r"neighbours.json: missing; run the demo with --force"):
        render_page(tmp_path, demo_steps(0))


def test_a_training_of_few_epochs_has_no_picture_of_losses(tmp_path):
    write_results(tmp_path)
    (tmp_path / RUN / "losses.png").unlink()
    assert render_page(tmp_path, demo_steps(0)).count("<figure>") == 4
