"""How people mark what is done: boxes, signs, strokes, and words after "Status:".

[ ] open   [x] [X] done   [~] in progress   [-] dropped
✅ ✓ ✔ done   🚧 ⏳ 🔄 in progress   ❌ open   ~~struck out~~ dropped
Status: Fixed, Untested                     the words decide
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_roadmap.model import Claim

BOXES = {
    " ": Claim.OPEN,
    "x": Claim.DONE,
    "X": Claim.DONE,
    "~": Claim.IN_PROGRESS,
    "-": Claim.DROPPED,
}
SIGNS = {
    "✅": Claim.DONE,
    "☑": Claim.DONE,
    "✓": Claim.DONE,
    "✔": Claim.DONE,
    "🚧": Claim.IN_PROGRESS,
    "⏳": Claim.IN_PROGRESS,
    "🔄": Claim.IN_PROGRESS,
    "❌": Claim.OPEN,
}
_BOX = re.compile(r"\[([ xX~-])\]\s+(\S.*)", re.DOTALL)
_SIGN = "|".join(map(re.escape, SIGNS))
_LEADING = re.compile(rf"({_SIGN})\ufe0f?\s*(.*)", re.DOTALL)
_ANY = re.compile(_SIGN)
_STRUCK = re.compile(r"~~(.+?)~~(.*)", re.DOTALL)
_REMARK = re.compile(r"\W*(\(.*\))?\W*", re.DOTALL)  # what may follow struck words

# The first of these whose words stand in a status decides.  "Fixed, untested" claims
# that the thing is mended; "implemented, untested" only that there is code for it.
_WORDS = (
    (
        Claim.DROPPED,
        r"(dropped|cancelled|canceled|abandoned|won.t (do|fix)|obsolete)\b",
    ),
    (
        Claim.OPEN,
        r".*\b(unknown|placeholder|missing|pending|open|not (yet|done|started)|none)\b",
    ),
    (Claim.DONE, r"(fixed|done|completed?|finished|resolved|closed|passing)\b"),
    (Claim.DONE, r"implemented\b(?!.*\b(untested|needs|but)\b)"),
    (
        Claim.IN_PROGRESS,
        r".*\b(implemented|exists|in (place|progress)|started|testing|ongoing)\b",
    ),
)
_FINISHED = re.compile(
    r"\b(completed|done|finished|delivered|shipped|modified|fixed|implemented)\b"
)
_UNFINISHED = re.compile(r"\b(not|to be|until|when|before|must|after)\b|\d\s*[%/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Words without their mark, and what the mark claims (None without one)."""

    claim: Claim | None
    text: str
    box: bool = False


def marked(text: str) -> Marked:
    """Return the words of a line and what stands before or through them.

    Struck words are dropped whatever their box says; a box is worth more than a
    sign behind it.
    """
    box = _BOX.fullmatch(text)
    words = box[2] if box else text
    claim = BOXES[box[1]] if box else None
    sign = _LEADING.fullmatch(words)
    if sign:
        words = sign[2]
        claim = SIGNS[sign[1]] if claim is None else claim
    struck = _STRUCK.fullmatch(words.strip())
    if struck and _REMARK.fullmatch(struck[2]):
        return Marked(claim=Claim.DROPPED, text=struck[1], box=box is not None)
    return Marked(claim=claim, text=words, box=box is not None)


def status(words: str) -> Claim:
    """Return what a status claims; words that nobody can tell claim nothing."""
    found = _ANY.search(words)
    if found:
        return SIGNS[found[0]]
    plain = words.strip(" .*").casefold()
    for claim, pattern in _WORDS:
        if re.match(pattern, plain):
            return claim
    return Claim.NONE


def heading_claim(text: str) -> Claim | None:
    """Return what a heading claims of the unmarked lines below it, if anything."""
    found = _ANY.search(text)
    if found:
        return SIGNS[found[0]]
    plain = text.casefold()
    if _FINISHED.search(plain) and not _UNFINISHED.search(plain):
        return Claim.DONE
    return None


def without_signs(text: str) -> str:
    """Return a title without its signs, and without the spaces that they leave."""
    return " ".join(_ANY.sub("", text).replace("\ufe0f", "").split())
