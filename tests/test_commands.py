"""One convention for all commands of both programs: every command is in these tests by itself."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from command_tree import ALL, COMMANDS, ROOTS
from fractaldream_base import options
from fractaldream_base.program import Command, Program

HEAVY = ("numpy", "torch", "numba", "h5py", "matplotlib", "sklearn", "PIL")


def options_of(command):
    return {word: p for p in command.params if isinstance(p, click.Option) for word in p.opts}


def decorated(*decorators):
    """Return the options that these decorators give to a command."""

    @click.command()
    @options.takes(*decorators)
    def command(**given):
        pass

    return options_of(command)


def same(option, other):
    return option.to_info_dict() == other.to_info_dict()


@pytest.mark.parametrize("name", ALL)
def test_every_command_is_of_the_shared_classes(name):
    assert isinstance(ALL[name], Program if isinstance(ALL[name], click.Group) else Command)


@pytest.mark.parametrize("name", COMMANDS)
def test_options_that_mean_the_same_are_the_same(name):
    given, shared = options_of(COMMANDS[name]), decorated(options.OUTPUT)
    assert all(same(given[word], shared[word]) for word in ("--json", "--quiet", "--force"))
    assert "--to" not in given or name == "fractaldream publish"
    if "--threads" in given:
        assert given["--threads"].help.startswith("Number of threads.  [default: ")
    if "--seed" in given:
        assert given["--seed"].help.startswith("Random seed")
    if "--out" in given:
        assert given["--out"].metavar in ("FILE", "FOLDER")
    if "--device" in given:
        assert given["--device"].help.startswith("Device that computes")
        assert "--threads" in given, "a command that runs networks takes threads too"


def words_for(command):
    """Return words that a command parses: its arguments, and the options that it requires."""
    words = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            number = isinstance(parameter.type, click.types.FloatParamType)
            count = 6 if parameter.nargs == -1 else 1
            words += ["1" if number else "row:1" if parameter.name == "places" else "x.h5"] * count
        elif parameter.required:
            choices = getattr(parameter.type, "choices", None)
            words += [parameter.opts[0], choices[-1] if choices else "1"]
    return words


# a file that is complete already is no error, and another one is refused: see their own tests
CONTINUED = {("fractaldream render", "--out"), ("evalkit clean apply", "--pack")}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_exists_is_refused_before_the_work_begins(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = COMMANDS[name]
    options = [["--json", "mine.json"]]
    for word, option in options_of(command).items():
        if word in ("--out", "--report", "--pack", "--animation", "--static"):
            writes_a_file = option.metavar != "FOLDER"
            suffix = {"--animation": "gif", "--pack": "h5"}.get(word, "png")
            options += [[word, f"mine.{suffix}"]] if writes_a_file else []
    for words in options:
        if (name, words[0]) in CONTINUED:
            continue
        mine = tmp_path / words[1]
        mine.write_text("precious")
        done = CliRunner().invoke(command, [*words_for(command), *words], standalone_mode=False)
        assert "exists" in str(done.exception) and "--force" in str(done.exception), words
        assert mine.read_text() == "precious" and list(tmp_path.iterdir()) == [mine]
        mine.unlink()


def test_help_of_options_is_a_sentence():
    wrong = []
    for name, command in ALL.items():
        for option in command.params:
            if isinstance(option, click.Option):
                text = re.sub(r"\s*\[default: [^\]]*\]$", "", option.help or "")
                if not re.fullmatch(r"[A-Z].*\.", text, re.DOTALL):
                    wrong.append(f"{name} {option.opts[0]}: {option.help!r}")
    assert not wrong


def test_help_of_commands_begins_with_one_imperative_sentence():
    wrong = []
    for name, command in ALL.items():
        first = (command.help or "").split("\n\n")[0]
        verb = first.split(" ")[0]
        if not re.fullmatch(r"[A-Z][a-z]+ .*\.", first, re.DOTALL) or verb.endswith(("s", "ing")):
            wrong.append(f"{name}: {first!r}")
    assert not wrong


def test_the_first_sentence_of_a_command_fits_into_the_list_of_commands():
    lists = {name: CliRunner().invoke(c, ["-h"], terminal_width=80) for name, c in ALL.items()}
    groups = [name for name, command in ALL.items() if isinstance(command, click.Group)]
    lines = [line for name in groups for line in lists[name].output.splitlines()]
    assert not [line for line in lines if line.endswith("...") and "Usage" not in line]


@pytest.mark.parametrize("name", ROOTS)
def test_help_of_the_programs_names_the_glossary(name):
    page = re.search(r"docs/reference/\w+\.md", ALL[name].help)
    assert page and Path(page[0]).exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_an_example_of_the_command(name):
    command = COMMANDS[name]
    text = f"{command.help}\n{command.epilog or ''}"
    assert re.search(rf"Examples?:\n[\s\S]*{name} ", text), text


def test_help_of_every_command_loads_nothing_heavy():
    code = (
        "import sys, click\n"
        "sys.path.insert(0, 'tests')\n"
        "from click.testing import CliRunner\n"
        "import evalkit.cli, fractaldream.cli\n"
        "def walk(command, words):\n"
        "    result = CliRunner().invoke(root, [*words, '--help'])\n"
        "    assert result.exit_code == 0 and 'Usage' in result.output, words\n"
        "    context = click.Context(command)\n"
        "    if isinstance(command, click.Group):\n"
        "        for name in command.list_commands(context):\n"
        "            walk(command.get_command(context, name), [*words, name])\n"
        "for root in (evalkit.cli.cli, fractaldream.cli.cli):\n"
        "    walk(root, [])\n"
        f"print(*(set(sys.modules) & set({HEAVY!r})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize("program", ROOTS)
def test_help_of_the_programs_loads_little(program):
    """Below 300 modules: numpy alone has some 140, torch more than 1,000."""
    code = (
        "import contextlib, runpy, sys\n"
        f"sys.argv = [{program!r}, '--help']\n"
        "with contextlib.suppress(SystemExit):\n"
        f"    runpy.run_module({program!r}, run_name='__main__')\n"
        "print(len(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 300
