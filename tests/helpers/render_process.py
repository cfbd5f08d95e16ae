"""A render in a process of its own, which can be killed."""

import subprocess
import sys


def start(out, n=4000, shard=48):
    """A render of its own process, in small shards so that a kill finds it anywhere."""
    script = (
        "import fractaldream as fd, fractaldream.production.job as p, sys\n"
        f"p.SHARD = {shard}\n"
        f"fd.render(fd.Recipe(n={n}), sys.argv[1], resume=True, "
        "options=fd.RenderOptions(threads=2))"
    )
    return subprocess.Popen([sys.executable, "-c", script, str(out)], stderr=subprocess.PIPE)
