"""Two versions of a file → a patch that `git apply` takes."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError

if TYPE_CHECKING:
    from pytest_roadmap.plan.ticking import Writing

_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_END = b"\n\\ No newline at end of file\n"


def patch(found: Writing, name: str) -> bytes:
    """Return the unified difference of a document and its marked version.

    Lines end where Git ends them, at LF; a CR is a part of its line.

    Raises:
        PlanError: The document is in an encoding that no patch can show.
    """
    if found.original.encoding != "utf-8":
        raise PlanError(
            f"is {found.original.encoding.upper()}, which no patch can show",
            where=found.original.name,
            remedy="Write it with --apply, or save the document as UTF-8.",
        )
    if found.before == found.after:
        return b""
    end = "\t" if " " in name else ""  # after it, a name with spaces is one name
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        _LINES.findall(found.before),
        _LINES.findall(found.after),
        f"a/{name}{end}".encode(),
        f"b/{name}{end}".encode(),
    )
    return b"".join(x if x.endswith(b"\n") else x + _NO_END for x in lines)
