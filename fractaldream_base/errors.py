"""The one error that users are meant to read."""


class BadInput(ValueError):
    """Raised for input that cannot be used; one line names the thing and how to mend it."""
