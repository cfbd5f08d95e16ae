"""The one error that users are meant to read."""


class BadInput(ValueError):
    """Something given cannot be used; the message names it and the mend, on one line."""
