"""The one error that users are meant to read, for the front door of this package."""

from fractaldream_base.errors import BadInput as BadInput
