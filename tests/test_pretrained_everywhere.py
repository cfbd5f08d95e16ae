"""`pretrained:NAME` in every command that takes a checkpoint, found by walking both programs."""

import re
import shlex
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from command_tree import COMMANDS
from fractaldream_base.errors import BadInput
from fractaldream_models import pretrained
from pretrained_toys import make_toys
from small_commands import INVOCATIONS

SPEAKS = re.compile(r"checkpoint", re.I)  # of the text of a parameter that takes one
# what speaks of checkpoints and takes none: what is written or counted
OTHERS = {("evalkit classifier", "out"), ("fractaldream train", "changes")}


def takes_checkpoint(parameter):
    """Whether a shell completes the parameter to pretrained checkpoints."""
    found = parameter.shell_complete(click.Context(click.Command("x")), "pretrained:t")
    return any(item.value == "pretrained:toy" for item in found)


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        files, run, data = make_toys(tmp_path_factory.mktemp("toys"), patch)
        patch.setattr(pretrained, "FILES", files)
        yield SimpleNamespace(run=run, data=data)


def parameters():
    return [(name, p) for name, command in COMMANDS.items() for p in command.params]


def test_what_speaks_of_a_checkpoint_is_completed_to_those_of_the_package(toys):
    for name, parameter in parameters():
        if isinstance(parameter, click.Option) and (name, parameter.name) not in OTHERS:
            text = " ".join([parameter.metavar or "", parameter.help or ""])
            if SPEAKS.search(text.split(" [default")[0]) and not parameter.is_flag:
                assert takes_checkpoint(parameter), (name, parameter.name)


# what these commands need before they look at their checkpoints
MORE = {"evalkit interpolate": ["row:2"], "evalkit project": ["--samples"]}


def words_with(command, parameter, value):
    """The words of a command with a value for one parameter, and for what else it requires."""
    options, arguments = [], []
    for other in command.params:
        given = [value] if other is parameter else ["pretrained:toy"] * takes_checkpoint(other)
        if isinstance(other, click.Argument):
            arguments += given or ["row:1"]
        elif other is parameter:
            options += [other.opts[0], value]
    return [*options, *arguments, "--quiet"]


def refusal(command, words):
    """What a command refuses, on one line."""
    error = CliRunner().invoke(command, words).exception
    assert isinstance(error, BadInput), (words, error)
    return str(error)


def taking():
    return [
        pytest.param(name, p.name, id=f"{name} {p.name}")
        for name, p in parameters()
        if any(
            word in str(getattr(p, "_custom_shell_complete", None)) for word in ["completed_checkp"]
        )
    ]


@pytest.mark.parametrize(("name", "parameter"), taking())
def test_an_unknown_name_is_refused_with_those_there_are(
    name, parameter, toys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    command = COMMANDS[name]
    chosen = next(p for p in command.params if p.name == parameter)
    words = [*words_with(command, chosen, "pretrained:none"), *MORE.get(name, [])]
    if "--data" in {word for p in command.params for word in p.opts}:
        words += ["--data", str(toys.data)]
    message = refusal(command, words)
    assert "pretrained:none: no such checkpoint comes with the package" in message
    assert "pretrained:names, pretrained:toy" in message


SLOW = {"evalkit correspond"}  # trains an inverse renderer
ASKED = [
    pytest.param(name, row, marks=[pytest.mark.slow] * (name in SLOW), id=name)
    for name, rows in INVOCATIONS.items()
    for row in rows
    if ("{model}" in row or "{three}" in row) and "{photos}" not in row
]


def test_the_rows_below_cover_every_command_that_takes_a_model():
    models = {"spec", "checkpoint", "generators", "runs"}
    taking = {
        name for name, p in parameters() if p.name in models and p.param_type_name == "argument"
    }
    other = {"fractaldream translate", "evalkit probe"}  # of two domains, of labelled images
    assert taking - {param.id for param in ASKED} <= other


@pytest.mark.parametrize(("name", "row"), ASKED)
def test_a_pretrained_model_is_taken(name, row, toys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row = row.replace("{model}", "pretrained:toy").replace("{three}", "pretrained:toy")
    words = [w.format(data=toys.data, out=tmp_path) for w in shlex.split(row)]
    outcome = CliRunner().invoke(COMMANDS[name], [*words, "--quiet", "--json", "result.json"])
    well = 2 if name == "evalkit correspond" else 0  # three latents: not all of it can be asked
    assert outcome.exit_code == well, (outcome.output, outcome.exception)
    assert "pretrained:toy" in (tmp_path / "result.json").read_text() or name in QUIET
    assert not list(pretrained.FILES.glob("measures.json"))  # nothing is kept in the package


QUIET = {"fractaldream reconstruct", "evalkit explore"}  # their result does not name the model


def test_the_word_is_reserved_even_where_a_module_or_a_file_has_the_name(tmp_path, monkeypatch):
    from evalkit.inputs.model import open_model

    monkeypatch.chdir(tmp_path)
    (tmp_path / "pretrained.py").write_text("def toy(z):\n    raise AssertionError\n")
    (tmp_path / "pretrained:file").write_bytes(b"")
    for spec in ("pretrained:call", "pretrained:file"):
        with pytest.raises(BadInput, match="no such checkpoint comes with the package"):
            open_model(spec)


def test_where_data_are_needed_the_command_that_renders_them_is_said(toys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("evalkit quality", "evalkit neighbours", "evalkit disentangle"):
        message = refusal(COMMANDS[name], ["pretrained:toy"])
        assert "`fractaldream render --n 60" in message
        assert "give --data data.h5" in message and "\n" not in message


def test_the_explorer_shows_the_true_map_without_data(toys, tmp_path):
    from evalkit.explorer.exploration import explore
    from evalkit.explorer.options import ExploreOptions
    from evalkit.explorer.payload import attractor_payload
    from fractaldream.recipe import PARAM_NAMES

    content = explore("pretrained:toy", options=ExploreOptions(grid=2, points=4))
    assert content.attractor is not None and content.attractor.way == "G(E(FD(v)))"
    assert content.attractor.renderer.recipe.size == 16
    assert attractor_payload(content, live=True)["names"] == list(PARAM_NAMES)
