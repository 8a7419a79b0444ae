"""Files of signed words: named by time and key, written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.errors import SigningError

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner


def signed_name(signer: CryptoSigner, now: dt.datetime) -> str:
    """Return how the file of a word ends that a key signs at a time."""
    return f"{now.strftime('%Y%m%dT%H%M%SZ')}-{signer.public_key.keyid[:8]}.json"


def keep(path: Path, data: bytes) -> None:
    """Write a signed word; one that is there already is never overwritten.

    Raises:
        SigningError: The file is there, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise SigningError(
            f"it cannot be written: {error.strerror or error}",
            where=path.as_posix(),
            remedy="make room or rights there; nothing was changed",
        ) from error
