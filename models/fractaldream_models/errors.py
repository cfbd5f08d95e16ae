"""The one error that users are meant to read."""


class BadInput(ValueError):
    """Something given cannot be used; the message names it and the mend, on one line."""


class Elsewhere(BadInput):
    """What the first of several processes has to say, met in another: it is said once."""
