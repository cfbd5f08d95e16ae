"""The errors that users are meant to read: kinds of bad input that callers tell apart."""

from fractaldream_base.errors import BadInput as BadInput


class WrongImageSize(BadInput):
    """Raised for images of another size than is wanted, or of several sizes."""


class MissingPart(BadInput):
    """Raised for a folder that lacks the files of one part of MNIST."""


class NotFetched(BadInput):
    """Raised for data that are neither at hand nor to be had from the net."""


class Elsewhere(BadInput):
    """Raised on ranks other than 0, so that rank 0 alone reports the error."""
