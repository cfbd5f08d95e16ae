"""A process that has imported everything and runs each command line in a fork of itself.

A command costs a fork in place of some seconds of imports. `ForkServer` is what tests use; the
module run as a script is the server. A fork ends as a Python process does: its exit functions run
and stdout is flushed, with status 120 where that fails.
"""

import codecs
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit status (negative: the signal), and what it printed."""

    status: int
    out: str
    err: str


class ForkServer:
    """Run command lines, each in a process of its own that has nothing left to import.

    Parameters
    ----------
    environment
        Environment variables of the server and of its commands.
    """

    def __init__(self, environment=None):
        words = [sys.executable, __file__]
        self.process = subprocess.Popen(
            words, env=os.environ if environment is None else environment, cwd="/", text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(self.process.communicate()[1])

    def ask(self, **request):
        """Return the answer of the server."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def start(self, words, folder, *, stdout=None, environment=None, user=None):
        """Start a command in a folder and return its process number, also that of its group.

        Parameters
        ----------
        words
            The program, `fractaldream` or `evalkit`, and its words.
        folder
            Working directory; `stdout` and `stderr` are files beside it.
        stdout
            File to write to, an open file descriptor of the server's parent is not possible; "pipe"
            for a pipe that nobody reads, "closed" for none.
        environment
            Changes of the environment; None removes a variable.
        user
            User number of the command.
        """
        return self.ask(
            words=[str(word) for word in words], folder=str(folder), stdout=stdout,
            environment=environment or {}, user=user,
        )  # fmt: skip

    def wait(self, number, folder, seconds=600):
        """Return the outcome of a command that was started."""
        status = self.ask(wait=number, seconds=seconds)
        names = [Path(f"{folder}.{number}.{name}") for name in ("out", "err")]
        read = (name.read_bytes() if name.exists() else b"" for name in names)  # killed before
        out, err = (content.decode("utf-8", "surrogateescape") for content in read)
        for name in names:
            name.unlink(missing_ok=True)
        return Outcome(status, out, err)

    def run(self, words, folder, **options):
        """Start a command and return its outcome."""
        return self.wait(self.start(words, folder, **options), folder)

    def close(self):
        """End the server."""
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def import_everything():
    """Import all modules of the packages and what they import on demand; compile the kernels."""
    import importlib
    import pkgutil

    for name in ("fractaldream", "fractaldream_models", "evalkit", "fractaldream_base"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in (
        "matplotlib.figure", "matplotlib.backends.backend_agg", "sklearn.manifold",
        "sklearn.linear_model", "sklearn.ensemble", "scipy.optimize", "scipy.stats", "optuna",
        "optuna.importance", "pyarrow.parquet", "torch.utils.tensorboard", "lightning.fabric",
        "multiprocessing.popen_fork", "multiprocessing.synchronize", "multiprocessing.queues",
        "concurrent.futures.process", "torchvision", "mlcroissant",
        "bokeh.plotting", "tqdm", "colorcet",
    ):  # fmt: skip
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in ("utf-8-sig", "idna", "latin-1", "cp437", "ascii", "utf-16"):
        codecs.lookup(name)  # another user may not read the folder of Python
    import numpy as np

    import fractaldream as fd

    fd.render_images(np.full((1, 6), 0.5), fd.Recipe(n=1, size=16, iterations=100))
    with tempfile.TemporaryDirectory() as folder:
        fd.draw([0.5] * 6, f"{folder}/a.png", size=16)


def child(request):
    """Become the command; does not return."""
    import atexit
    import faulthandler
    import importlib
    import threading
    import traceback

    number = os.getpid()
    for name, value in request["environment"].items():
        os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(f"{request['folder']}.{number}.err", flags), 2)
    out = os.open(f"{request['folder']}.{number}.out", flags)
    if request["stdout"] == "pipe":
        reader, out = os.pipe()
        os.close(reader)
    elif request["stdout"] not in (None, "closed"):
        out = os.open(request["stdout"], os.O_WRONLY)
    os.dup2(out, 1)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=True)
    if request["stdout"] == "closed":
        os.close(1)
        sys.stdout = None
    if request["user"] is not None:
        os.setgroups([])
        os.setgid(request["user"])
        os.setuid(request["user"])
    os.chdir(request["folder"])
    program, *words = request["words"]
    sys.argv = [program, *words]
    status = 0
    cli = importlib.import_module(f"{program}.cli")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    try:
        cli.main()
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Python itself ends, which is not asked here
    threading._shutdown()
    atexit._run_exitfuncs()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        traceback.print_exc()
        status = 120
    os._exit(status)


def wait(number, seconds):
    """Return the exit status of a child, which is killed when its time is over."""
    end = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(number, os.WNOHANG)
        if found:
            with contextlib.suppress(OSError):
                os.killpg(number, signal.SIGKILL)  # what it has left running
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.killpg(number, signal.SIGKILL)
        time.sleep(0.005)


def make_quick():
    """Let commands compute less where no option of theirs does."""
    from evalkit.correspondence import ladder, session
    from evalkit.correspondence.nulls import gain
    from evalkit.correspondence.rungs import probes
    from evalkit.networks import inverse_training
    from fractaldream.publishing import checks

    session.PROBE_IMAGES, session.ENCODED_IMAGES = 256, 64
    probes.LEARNT_PAIRS, probes.BASELINES = 64, 1
    gain.GAINS = gain.GAINS[:1]
    ladder.families = functools.partial(ladder.families, images=256)
    inverse_training.AT_ONCE = inverse_training.SETTLED = inverse_training.HELD_OUT = 256
    checks.check_croissant = lambda path: None


def serve():
    """Answer requests until stdin ends."""
    import_everything()
    make_quick()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # until a command has begun
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer = wait(request["wait"], request["seconds"])
        else:
            answer = os.fork()
            os.setpgid(answer, answer)  # Ctrl-C reaches all processes of a command
            if not answer:
                child(request)
        print(answer, flush=True)


if __name__ == "__main__":
    serve()
