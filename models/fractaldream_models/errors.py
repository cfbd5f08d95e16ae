"""The errors that users are meant to read."""


class BadInput(ValueError):
    """Raised for input that cannot be used; one line names the thing and how to mend it."""


class Elsewhere(BadInput):
    """Raised on ranks other than 0, so that rank 0 alone reports the error."""
