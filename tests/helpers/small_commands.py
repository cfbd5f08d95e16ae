"""A small working invocation of every command, and the files that they read, made once.

`INVOCATIONS` has a row, or several, for every command of both programs; a word in braces is a file
of the stock, or `{out}`, the folder that the command writes to.
"""

import csv
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

import kaggle_server
from clean_files import write_set
from fork_server import ForkServer
from fractaldream_base.cache import cache_folder
from publishing_files import environment

SENT = f"{kaggle_server.USER}/sent-set"
SMALL = "--size 16 --iterations 2000 --min-visited 0.05"
NETWORK = "--epochs 1 --set width=0.1 --set batch=32 --device cpu"
PAIRS = "--n 32 --rotations 9 --ensemble 9 --replicates 0 --alpha 0.49 --images 256"
MODEL = "{model} --data {data}"
INVOCATIONS = {
    "fractaldream doctor": [""],
    "fractaldream draw": [
        "0.1 0.1 -0.966918 2.879879 0.765145 0.744728 --size 32 --iterations 2000 --out {out}/a.png"
    ],
    "fractaldream export": [
        "{data} --format npz --out {out}/a.npz",
        "{data} --format parquet --out {out}/a.parquet",
        "{data} --format png --stop 30 --out {out}/a",
    ],
    "fractaldream fetch": [f"{kaggle_server.USER}/small-set --sample 1 --out {{out}}/a"],
    "fractaldream info": ["{data}"],
    "fractaldream preview": ["{data} --rows 2 --columns 2 --out {out}/a.png"],
    "fractaldream publish": [
        "{data} --to folder --slug small-set --sample 1 --stage {out}/a",
        "{data} --to kaggle --slug sent-set --owner " + kaggle_server.USER
        + " --sample 1 --stage {out}/a",
    ],
    "fractaldream render": [
        f"--n 60 {SMALL} --out {{out}}/a.h5",
        f"--n 60 {SMALL} --virtual --out {{out}}/a.h5",
    ],
    "fractaldream verify": ["{data} --sample 2"],
    "fractaldream demo": ["--no-open --out {out}/a"],
    "fractaldream presets": ["", "vae-conv-mnist"],
    "fractaldream pretrained": [""],
    "fractaldream reconstruct": ["{model} {data} --n 4 --out {out}/a.png"],
    "fractaldream sample": [
        "{model} --n 4 --out {out}/a.png",
        "pretrained:gan-fdd --n 4 --out {out}/a.png",
    ],
    "fractaldream settings": ["vae"],
    "fractaldream sweep report": ["--storage sqlite:///{sweep} --out {out}/a.html"],
    "fractaldream sweep run": [
        f"{{data}} --kind vae --trials 1 --finalists 0 {NETWORK} "
        f"--storage {kind}:///{{out}}/a --out {{out}}/runs"
        for kind in ("sqlite", "journal")
    ],
    "fractaldream translate": ["{translator} {data} --domain data --n 4 --out {out}/a.png"],
    "fractaldream train": [
        f"{{data}} --kind vae {NETWORK} --out {{out}}/a",
        f"{{data}} --second {{second}} --kind cyclegan --set limit=64 {NETWORK} --out {{out}}/a",
        "{data} --kind aae --set latent=6 --paired-weight 1 --paired-share 0.5 "
        + NETWORK + " --out {out}/a",
    ],
    "evalkit correspond": [f"{{three}} --data {{data}} {PAIRS} --report {{out}}/a.html"],
    "evalkit clean apply": [
        "{photos} {decisions} --out {out}/a --pack {out}/a.h5 --size 16 --workers 1",
        "{photos} {decisions} --out {out}/a --link --workers 2",
    ],
    "evalkit clean learn": ["{out}/review {decisions}"],
    "evalkit clean review": ["{photos} --out {out}/a --workers 2"],
    "evalkit explore": [f"{MODEL} --static {{out}}/a.html --grid 3 --points 8"],
    "evalkit neighbours": [f"{MODEL} --n 20 --k 2 --refine 1 --out {{out}}/a.png"],
    "evalkit interpolate": [
        "{model} row:1 row:2 --data {data} --steps 3 --out {out}/a.png --animation {out}/a.gif"
    ],
    "evalkit arithmetic": ["{model} 'row:1 - row:2' --data {data} --k 2 --out {out}/a.png"],
    "evalkit grid": ["{model} --n 3 --out {out}/a.png"],
    "evalkit project": [f"{MODEL} --n 32 --out {{out}}/a.png"],
    "evalkit classifier": ["{photos} --resize --epochs 1 --out {out}/a.pt"],
    "evalkit quality": [f"{MODEL} --n 50"],
    "evalkit compare": [
        f"{MODEL} --n 50 --without copying --out {{out}}/a.png --report {{out}}/a.html"
    ],
    "evalkit probe": ["{model} --data {photos} --resize --n 40"],
    "evalkit disentangle": [f"{MODEL} --n 128 --refits 1 --trees 3 --votes 20 --out {{out}}/a.png"],
}  # fmt: skip
# exit status at the end; a model of three latents makes it quick, and not all of it can be asked
WELL = {"evalkit correspond": 2}
NAMES = {  # what is made of the stock before a command runs, below `{out}`
    "evalkit clean learn": "review",
    "fractaldream demo": "demo",
}


@dataclass(frozen=True)
class Stock:
    """What the commands read.

    Attributes
    ----------
    server
        Runs the commands.
    folder
        Folder of everything, that every user may read.
    environment
        Sends the client of Kaggle to a server on this machine.
    site
        That server.
    """

    server: ForkServer
    folder: Path
    environment: dict
    site: kaggle_server.KaggleServer

    def words(self, name, invocation, out, read=None):
        """Return the words of a command that writes to the folder `out`.

        Parameters
        ----------
        name, invocation
            A key of `INVOCATIONS`, and one of its rows.
        out
            The folder.
        read
            Folder of the files that are read; None for the one of the stock.
        """
        read = self.folder / "stock" if read is None else read
        files = {
            "data": "data.h5", "second": "second.h5", "model": "run/ckpt.pt",
            "three": "three/ckpt.pt", "other": "other/ckpt.pt", "translator": "translator/ckpt.pt",
            "photos": "photos", "decisions": "decisions.csv", "sweep": "sweep.db",
        }  # fmt: skip
        places = {key: str(read / file) for key, file in files.items()} | {"out": str(out)}
        return [*name.split(), *(word.format(**places) for word in shlex.split(invocation))]

    def prepare(self, name, out):
        """Copy to the folder `out` what the command finds there; the site knows none of it."""
        self.site.entries.pop(SENT, None)
        if name in NAMES:
            target = "a" if name == "fractaldream demo" else NAMES[name]
            shutil.copytree(self.folder / "stock" / NAMES[name], out / target)


@pytest.fixture(scope="session")
def stock():
    """The files that the commands of `INVOCATIONS` read, and what runs them."""
    if not sys.platform.startswith("linux"):
        pytest.skip("commands run in forks here, which only Linux does safely")
    folder = Path(tempfile.mkdtemp(prefix="accidents-"))  # not below pytest's, which is private
    folder.chmod(0o755)
    site = kaggle_server.start()
    (folder / "home").mkdir()
    kept = {"FRACTALDREAM_CACHE": str(cache_folder())}  # compiled code and finished rungs
    server = ForkServer()
    made = Stock(server, folder, environment(folder / "home", site) | kept, site)
    try:
        fill(made)
        yield made
    finally:
        server.close()
        site.shutdown()
        site.server_close()
        shutil.rmtree(folder, ignore_errors=True)


def fill(stock):
    """Make the files."""
    folder = stock.folder / "stock"
    folder.mkdir()
    for name in ("cats", "dogs"):
        write_set(folder / "photos" / name, 20, seed=len(name) * 7 + ord(name[0]))
    for line in (
        f"fractaldream render --n 400 {SMALL} --out data.h5",
        f"fractaldream render --n 60 {SMALL} --seed 1 --out second.h5",
        f"fractaldream train data.h5 --kind vae --set latent=6 {NETWORK} --out run",
        f"fractaldream train data.h5 --kind vae --set latent=3 {NETWORK} --out three",
        "fractaldream train data.h5 --second second.h5 --kind cyclegan --set limit=64 "
        f"{NETWORK} --out translator",
        f"fractaldream sweep run data.h5 --kind vae --trials 1 --finalists 0 {NETWORK} "
        "--storage sqlite:///sweep.db --out runs",
        "evalkit clean review photos --out review --workers 1",
        f"fractaldream publish data.h5 --to kaggle --slug small-set --owner {kaggle_server.USER} "
        "--sample 1 --stage stage",
    ):
        done = stock.server.run(shlex.split(line), folder, environment=stock.environment)
        assert done.status == 0, f"{line}\n{done.err}"
    shutil.copytree(folder / "three", folder / "other")
    with (folder / "review" / "ranking.csv").open(encoding="utf-8") as file:
        keys = [row["sha256"] for row in csv.DictReader(file)]
    rows = [f"{key},{'keep' if i else 'drop'}\n" for i, key in enumerate(keys)]
    (folder / "decisions.csv").write_text("sha256,decision\n" + "".join(rows), encoding="utf-8")
    fill_demo(folder)


def fill_demo(folder):
    """Make a demo of which one step is left, which is the shortest."""
    from evalkit.demo.demonstration import MARK
    from evalkit.demo.steps import DATA, PICTURES, RUN, demo_steps

    demo = folder / "demo"
    demo.mkdir()
    shutil.copy(folder / "data.h5", demo / DATA)
    shutil.copytree(folder / "run", demo / RUN)
    for name in PICTURES:
        Image.new("RGB", (8, 8)).save(demo / name)
    (demo / "correspond.json").write_text('{"verdict": "none"}', encoding="utf-8")
    (demo / "neighbours.json").write_text('{"verdict": "no", "caveats": []}', encoding="utf-8")
    (demo / MARK).write_text("seed 0\n", encoding="utf-8")
    for step in demo_steps(0):
        if step.name != "preview":
            step.printed(demo).write_text("done\n", encoding="utf-8")
