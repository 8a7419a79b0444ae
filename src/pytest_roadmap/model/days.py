"""Days as people write them in files and options: ISO dates and nothing else."""

from __future__ import annotations

import datetime as dt
import re

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def iso_day(text: str) -> dt.date:
    """Return the day that an ISO date names.

    Other notations mean different days to different readers.

    Raises:
        ValueError: It is no ISO date, or no day of the calendar; says which.
    """
    if not _ISO.fullmatch(text):
        message = f"{text!r} is no ISO date"
        raise ValueError(message)
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no day of the calendar: {error}"
        raise ValueError(message) from error
