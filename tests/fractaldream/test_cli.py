import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

import fractaldream as fd
from fractaldream import cli
from fractaldream_base.files import is_full_disk
from fractaldream_base.program import exits
from renderer_commands import refused, run

README = (Path(__file__).parents[2] / "README.md").read_text()


COMMANDS = cli.cli.list_commands(click.Context(cli.cli))  # those of other packages as well


FAST = ["--iterations", "3000", "--size", "64", "--min-visited", "0.05", "--quiet"]


def run_elsewhere(*args):
    """In a process of its own, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "fractaldream", *map(str, args)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def ok(*args, **kwargs):
    result = run(*args, **kwargs)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "small.h5"
    ok("render", "--n", 30, "--out", out, *FAST)
    return out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(name):
    text = ok(name, "--help")
    assert "Usage: fractaldream " + name in text and "fractaldream " + name in README


def test_render_tells_what_it_did(tmp_path):
    out = tmp_path / "a.h5"
    result = run_elsewhere("render", "--n", 40, "--out", out, "--seed", 3)
    assert result.returncode == 0
    assert "40 images" in result.stdout and "refused" in result.stdout
    assert fd.open(out).content_sha256 in result.stdout
    values = json.loads(ok("render", "--n", 40, "--out", tmp_path / "b.h5", "--seed", 3, "--json"))
    assert values["content_sha256"] == fd.open(out).content_sha256
    assert values["images"] == 40 and set(values["refused"]) == {"probe", "visited", "cycle"}


def test_render_repeated_leaves_a_complete_file_as_it_is(tmp_path):
    out = tmp_path / "a.h5"
    words = ("render", "--n", 12, "--out", out, *FAST)
    ok(*words)
    before = (out.read_bytes(), out.stat().st_mtime_ns, out.stat().st_ino)
    assert "already complete, 12 images" in ok(*words)
    again = json.loads(ok(*words, "--json"))
    assert again["already_complete"] and again["rendered"] == 0 and again["images"] == 12
    for other in (["--seed", 1], ["--n", 13], ["--counts"], ["--stop", 5], ["--virtual"]):
        refused(*words, *other, message="add --force to replace it")
    assert (out.read_bytes(), out.stat().st_mtime_ns, out.stat().st_ino) == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


def test_a_default_name_never_replaces_a_picture(tmp_path):
    words = ("draw", *"123456", "--size", 16, "--quiet")
    assert [ok(*words, cwd=tmp_path).split(": ")[0] for _ in range(3)] == [
        "attractor.png", "attractor-2.png", "attractor-3.png"
    ]  # fmt: skip
    assert ok(*words, "--force", cwd=tmp_path).startswith("attractor.png: ")
    values = json.loads(ok(*words, "--out", "b.png", "--json", cwd=tmp_path))
    assert values == {"out": "b.png", "params": [1, 2, 3, 4, 5, 6], "size": 16}
    refused(*words, "--out", "b.png", message="b.png: exists; choose", cwd=tmp_path)


def test_render_by_recipe_and_by_rows(tmp_path):
    recipe = tmp_path / "r.toml"
    recipe.write_text("n = 9\nlaw = 'normal'\nrefusals = false\niterations = 900\nsize = 32\n")
    ok("render", "--recipe", recipe, "--seed", 5, "--out", "a.h5", "--tone", "log", cwd=tmp_path)
    rendered = fd.open(tmp_path / "a.h5").recipe
    assert (rendered.n, rendered.law, rendered.seed) == (9, "normal", 5)
    assert (rendered.tone, rendered.size) == ("log", 32)
    rows = fd.open(tmp_path / "a.h5").params
    np.save(tmp_path / "rows.npy", rows)
    text = "\n".join(",".join(repr(float(v)) for v in row) for row in rows)
    (tmp_path / "rows.csv").write_text("x0,y0,a,b,c,d\n" + text + "\n")
    for name in ("rows.npy", "rows.csv"):
        out = tmp_path / (name + ".h5")
        ok(
            "render",
            "--params",
            name,
            "--recipe",
            recipe,
            "--tone",
            "log",
            "--out",
            out,
            cwd=tmp_path,
        )
        with fd.open(out) as data, fd.open(tmp_path / "a.h5") as first:
            assert (data.params == rows).all() and (data[:] == first[:]).all()
            assert data.recipe.law == "params" and data.content_sha256 == first.content_sha256


def test_info(small):
    values = json.loads(ok("info", small, "--json"))
    assert values["images"] == 30 and values["recipe"]["size"] == 64
    assert sum(values["splits"].values()) == 30
    text = ok("info", small)
    assert values["content_sha256"] in text and "lyapunov" in text


def test_verify_finds_a_single_changed_level(small, tmp_path):
    import h5py

    assert "every bit the same" in ok("verify", small, "--all", "--quiet")
    assert json.loads(ok("verify", small, "--sample", 5, "--json"))["compared"] == 5
    for dataset, row in (("images", 7), ("params", 11)):
        copy = tmp_path / f"{dataset}.h5"
        copy.write_bytes(small.read_bytes())
        with h5py.File(copy, "r+") as file:
            values = file[dataset][row]
            values.flat[0] = values.flat[0] + 1
            file[dataset][row] = values
        result = run("verify", copy, "--all", "--quiet")
        assert result.returncode == 1 and f"1 differ: {row}" in result.stdout
        assert "file was changed" in result.stdout
    part = tmp_path / "part.h5"
    ok("render", "--n", 30, "--start", 11, "--stop", 19, "--out", part, *FAST)
    assert json.loads(ok("verify", part, "--all", "--json"))["compared"] == 8


def test_draw_and_preview_make_pictures(small, tmp_path):
    out = tmp_path / "a.png"
    numbers = [0.1, 0.1, -0.966918, 2.879879, 0.765145, 0.744728]
    ok("draw", *numbers, "--size", 300, "--palette", "inferno", "--out", out)
    image = np.asarray(Image.open(out))
    assert image.shape == (300, 300, 3) and 0.1 < (image != 255).any(-1).mean() < 1
    drawn = ok("draw", "--data", small, "--row", 4, "--size", 64, "--iterations", 3000,
               "--out", tmp_path / "b.png")  # fmt: skip
    assert drawn.strip() == f"{tmp_path / 'b.png'}: 64 x 64 pixels"
    assert (np.asarray(Image.open(tmp_path / "b.png")) == fd.open(small).rgb(4)).all()
    ok("preview", small, "--out", tmp_path / "p.png", "--rows", 2, "--columns", 5)
    sheet = np.asarray(Image.open(tmp_path / "p.png"))
    gap = 4
    assert sheet.shape == (2 * 68 + gap, 5 * 68 + gap, 3)
    assert (sheet[gap : gap + 64, gap : gap + 64] == fd.open(small).rgb(0)).all()


def test_export(small, tmp_path):
    data = fd.open(small)
    ok("export", small, "--format", "png", "--palette", "kbc", "--palette", "viridis",
       "--out", tmp_path / "e", "--start", 3, "--stop", 8, "--quiet")  # fmt: skip
    for name in ("kbc", "viridis"):
        files = list((tmp_path / "e" / name).glob("*.png"))
        assert len(files) == 5
        for file in files:
            params = np.array([float(v) for v in file.stem.split("_")[1:]])
            row = np.flatnonzero((data.params == params).all(1))[0]
            assert (np.asarray(Image.open(file)) == data.rgb(row, name)).all()
    ok("export", small, "--format", "npz", "--out", tmp_path / "e.npz", "--quiet")
    with np.load(tmp_path / "e.npz") as archive:  # no pickle in it
        assert (archive["imgs"] == data[:]).all()
        assert (archive["latents_values"] == data.params).all()
        assert archive["latents_classes"].shape == (30, 6)
        assert archive["latents_classes"].min() == 0 and archive["latents_classes"].max() == 9
        values = json.loads(str(archive["metadata"]))
        assert values["latents_names"] == ["x0", "y0", "a", "b", "c", "d"]
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    ok("export", small, "--format", "parquet", "--out", tmp_path / "e.parquet", "--quiet")
    table = parquet.read_table(tmp_path / "e.parquet")
    assert table.num_rows == 30 and table["c"].to_pylist() == data.params[:, 4].tolist()
    import io

    image = Image.open(io.BytesIO(table["image"][9].as_py()["bytes"]))
    assert (np.asarray(image) == data[9]).all()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["render", "--n", "0"], "n = 0"),
        (["render", "--n", "-5"], "n = -5"),
        (["render", "--n", "many"], "'many' is not a valid integer"),
        (["render", "--law", "clifford"], "'clifford' is not one of"),
        (["render", "--colour"], "No such option"),
        (["render", "--threads", "0"], "0 is not in the range x>=1"),
        (["render", "--start", "9", "--stop", "3"], "0 <= start < stop"),
        (["render", "--recipe", "none.toml"], "none.toml: cannot be read"),
        (["render", "--params", "none.csv"], "none.csv: cannot be read"),
        (["render", "--params", "rows.csv", "--n", "3"], "leave out --n"),
        (["render", "--params", "rows.txt"], ".csv file or a .npy file"),
        (["render", "--out", "no/where/a.h5"], "no such folder"),
        (["render", "--out", "file/a.h5"], "no such folder"),
        (["render", "--out", "folder"], "a folder"),
        (["render", "--n", "2", "--out", "file"], "exists"),
        (["draw"], "six numbers"),
        (["draw", "1", "2"], "2"),
        (["draw", "1", "2", "3", "4", "5", "nan"], "d of row 0 is nan"),
        (["draw", "1", "2", "3", "4", "5", "x"], "'x' is not a valid float"),
        (["draw", *"123456", "--size", "9000"], "8192"),
        (["draw", *"123456", "--size", "0"], "size = 0"),
        (["draw", *"123456", "--iterations", "0"], "iterations = 0"),
        (["draw", *"123456", "--out", "a.jpg"], "ends in .png"),
        (["draw", *"123456", "--out", "no/a.png"], "folder does not exist"),
        (["draw", "--data", "small.h5", "--row", "99"], "no row 99"),
        (["draw", "--data", "small.h5"], "--row NUMBER"),
        (["preview", "file"], "not an HDF5 file"),
        (["preview", "small.h5", "--rows", "0"], "at least one"),
        (["info", "none.h5"], "no such file"),
        (["info", "folder"], "a folder"),
        (["info"], "Missing argument 'FILE'"),
        (["verify", "small.h5", "--threads", "0"], "0 is not in the range x>=1"),
        (["verify", "small.h5", "--sample", "0"], "sample = 0"),
        (["verify", "small.h5", "--sample", "3", "--all"], "give one of them"),
        (["export", "small.h5", "--format", "gif"], "'gif' is not one of"),
        (["export", "small.h5", "--format", "npz", "--stop", "31"], "rows 0 to 31"),
        (["export", "small.h5", "--format", "npz", "--out", "file"], "exists"),
        (["export", "small.h5", "--format", "png", "--out", "file"], "cannot be made"),
        (["colour"], "No such command"),
    ],
)
def test_bad_input_is_one_line_that_names_the_mend(small, tmp_path, args, message):
    (tmp_path / "file").write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "rows.csv").write_text("x0,y0,a,b,c,d\n1,2,3,4,5,6\n")
    (tmp_path / "small.h5").write_bytes(small.read_bytes())
    before = sorted(path.name for path in tmp_path.iterdir())
    refused(*args, message=message, cwd=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder(tmp_path):
    tmp_path.chmod(0o500)
    refused("render", "--n", "2", "--out", tmp_path / "a.h5", message="choose another --out")


@pytest.mark.slow
def test_interrupt_keeps_what_is_complete(tmp_path):
    out = tmp_path / "a.h5"
    process = subprocess.Popen(
        [sys.executable, "-m", "fractaldream", "render", "--n", "40000", "--out", out],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # a shell's background job would pass on that interrupts are ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while not list(tmp_path.glob("*.parts/shard-*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130 and stdout == "" and "Traceback" not in stderr, stderr
    assert re.search(r"interrupted; what is complete is in .*add --resume", stderr.splitlines()[-1])
    assert not out.exists()
    result = run("render", "--n", "40000", "--out", out, message := "--json")
    assert result.returncode == 2 and "--resume" in result.stderr, message
    kept = len(list((tmp_path / "a.h5.parts").glob("shard-*")))
    values = json.loads(ok("render", "--n", "40000", "--out", out, "--resume", "--json"))
    assert values["rendered"] <= 40_000 - 900 * kept
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


@pytest.mark.parametrize(
    "words", [("preview", "/"), ("preview", "."), ("export", ".", "--format", "npz")]
)
def test_a_place_without_a_name_is_one_line(words):
    with pytest.raises(fd.BadInput, match="a folder; give the name of a file"):
        cli.cli.main(list(words), standalone_mode=False)


def test_draw_says_how_many_numbers_it_needs():
    with pytest.raises(fd.BadInput, match="3 numbers: give six, x0 y0 a b c d"):
        cli.cli.main(["draw", "1", "2", "3"], standalone_mode=False)


def test_a_process_ends_with_its_status_and_one_line():
    done = run_elsewhere("info", "none.h5")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_usage_error_is_one_line(capsys):
    with pytest.raises(SystemExit) as leave, exits("fractaldream"):
        raise click.UsageError("a\nb")
    assert leave.value.code == 2 and capsys.readouterr().err == "fractaldream: a b\n"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_known_by_the_text_of_h5py_too(code):
    assert is_full_disk(RuntimeError(f"unable to write (errno = {code}, error message = ...)"))
    assert is_full_disk(OSError(code, "full")) and not is_full_disk(RuntimeError("errno = 2"))
