"""Options of the training of the classifier, which a command line loads without torch."""

from dataclasses import dataclass

from fractaldream_base.seeds import Seeded


@dataclass(frozen=True)
class ClassifierOptions(Seeded):
    """Options of the training of a classifier.

    epochs: passes over the training rows. seed: of the initial weights, the order of the rows and
    the shifts of the images.
    """

    epochs: int = 8
    seed: int = 0
