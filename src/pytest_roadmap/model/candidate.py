"""The release candidate: the commit or the image that a decision is about.

    0123…cdef (40 or 64 hex digits)    a commit
    sha256:0123…cdef                   an image
    registry/name@sha256:0123…cdef     the same image

Only whole names count: a tag, a branch and a shortened commit can move.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.model.scorecard import Run

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_IMAGE = re.compile(r"(?:\S+@)?(sha256:[0-9a-f]{64})", re.ASCII)


def candidate(text: str) -> str:
    """Return the one name of a candidate: a commit, or `sha256:…` of an image.

    Raises:
        ValueError: The text can name different things at different times.
    """
    if _COMMIT.fullmatch(text):
        return text
    if image := _IMAGE.fullmatch(text):
        return image[1]
    message = f"{text!r} names no commit and no image digest"
    raise ValueError(message)


def candidates_of(run: Run) -> tuple[str, ...]:
    """Return the candidates that a run is about.

    What the run was told comes first.  Without it they are the commit that was
    checked out unchanged, and the images that were measured.
    """
    if run.candidate:
        return (run.candidate,)
    names = [run.commit] if run.clean else []
    names += [value for key, value in run.target if key == "image"]
    return tuple(dict.fromkeys(filter(None, map(_or_nothing, names))))


def _or_nothing(text: str) -> str:
    """Return a candidate's name, or nothing where the text is none."""
    try:
        return candidate(text)
    except ValueError:
        return ""
