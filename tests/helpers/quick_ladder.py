"""A quick form of the ladder, for tests that ask about verdicts and not about the last digit."""

import contextlib
import functools

import pytest

from evalkit.correspondence import ladder, session
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.rungs import probes, rotation
from evalkit.inputs.model import from_callable

# a lenient level allows ensembles small enough for a test
QUICK = CorrespondOptions(n=80, rotations=99, ensemble=19, replicates=2, alpha=0.2, seed=1)


@contextlib.contextmanager
def fewer():
    """Fewer images, baselines and ascents, and small pools of images that generators draw from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "PROBE_IMAGES", 512)
        patch.setattr(session, "ENCODED_IMAGES", 256)
        patch.setattr(ladder, "families", functools.partial(ladder.families, images=256))
        patch.setattr(probes, "LEARNT_PAIRS", 256)
        patch.setattr(probes, "BASELINES", 1)
        patch.setattr(rotation, "CONTROLS", 2)
        quick = functools.partial(rotation.statistic, screened=8, starts=2, steps=12)
        patch.setattr(rotation, "statistic", quick)
        yield


def mirrored(fd):
    """The map, its images upside down."""
    return from_callable(lambda z: fd.colours(fd.levels(z)[:, ::-1]), "mirrored")
