"""The one clock of everything that is measured."""

from __future__ import annotations

import datetime as dt
import re
import time

_ORIGIN = time.time() - time.monotonic()
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


def now() -> float:
    """Return the time in seconds since the epoch (UTC).

    It never steps within a process, because it follows the monotonic clock;
    and it can be compared with the time stamps of blocks and of objects.
    """
    return _ORIGIN + time.monotonic()


def seconds(timestamp: str) -> float:
    """Return an RFC 3339 time stamp, of up to nanoseconds, in epoch seconds.

    Raises:
        ValueError: It is no such time stamp.
    """
    match = _TIMESTAMP.fullmatch(timestamp)
    if match is None:
        message = f"not an RFC 3339 time stamp: {timestamp!r}"
        raise ValueError(message)
    whole, fraction, zone = match.groups()
    moment = dt.datetime.fromisoformat(whole + zone.replace("Z", "+00:00"))
    return moment.timestamp() + float(fraction or 0)


def stamp(moment: float) -> str:
    """Return `moment` as an RFC 3339 time stamp in UTC, of milliseconds."""
    utc = dt.datetime.fromtimestamp(moment, tz=dt.UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
