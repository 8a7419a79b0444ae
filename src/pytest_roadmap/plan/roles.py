"""What a line is for, told from its notation: labels, imperatives, durations.

A line below a box asks for something of its own only where it is an order ("Add an
index") or a duty ("should have an index"); otherwise it explains its box.  All other
lines of a list ask, unless a label or a heading says that they do not.
"""

from __future__ import annotations

import re

from pytest_roadmap.plan.outline import Role

PHASE = re.compile(r"\bPhase\s+\d+[A-Z]?:|\(P\d\)")
_LABEL = re.compile(
    r"\*{0,2}([A-Z][^:`*\n]{0,40}?)\*{0,2}:\*{0,2}(?:\s+(.*)|$)", re.DOTALL
)
_SUMMARY = re.compile(
    r"\b(notes?|summary|assessment|overview|background|status|next review)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r":\s*\**\s*~?\d+(?:\s*[-\u2013]\s*\d+)?\s*(?:hour|day|week|month)s?\b",
    re.IGNORECASE,
)
_CRITERION = re.compile(
    r"\d\s*%.*\bphase\s+\d|\bready\b.*\bafter\b|\bmust\b.*\bbefore\b|"
    r"^before\b.*\b(?:launch|release|production)\b",
    re.IGNORECASE | re.DOTALL,
)
_DUTY = re.compile(r"\b(?:should|must|shall|needs? to)\b")
_TITLE = re.compile(r"\*\*[^*]+\*\*(?:\s*\([^()]*\))?")

# Labels of what explains another line; "Delete:" and "Mainnet:" are none.
_DETAILS = frozenset(
    re.findall(
        r"\w+",
        """assessment current effort estimate example file files goal impact issue
        location locations method methods note owner priority reason risk risks why""",
    )
)
_STATUS = frozenset({"status", "current status", "state"})
# Labels of what is to be done.
_ORDERS = frozenset(
    {"todo", "production fix", "fix", "tasks", "to do", "actions", "next steps"}
)
_VERBS = frozenset(
    re.findall(
        r"\w+",
        """add align allow apply automate avoid benchmark block bring build cache cap
        change check clean complete configure consolidate convert create
        define delete deploy document drop embed emit enable encrypt enforce
        ensure expose extract fix generate handle harden implement improve
        increase integrate introduce keep limit load log make measure merge
        migrate monitor move offload optimise optimize pin prefix prepare
        preserve prevent profile provide publish reduce refactor remove rename
        replace restrict return rotate run separate set simplify split store
        support swap test track update upgrade use validate verify wire wrap
        write""",
    )
)


def label_of(text: str) -> tuple[str, str]:
    """Return the label of a line, in small letters, and what follows it.

    Both `**Location**: x` and `Risk: y` have one; without a label the first is empty.
    """
    found = _LABEL.fullmatch(text.strip())
    return (found[1].casefold(), found[2] or "") if found else ("", text)


def is_title(text: str) -> bool:
    """Tell whether a line is nothing but bold words, with a remark in brackets."""
    return _TITLE.fullmatch(text.strip()) is not None


def is_heading(text: str) -> bool:
    """Tell whether a paragraph is a title: "**Phase 1: Ground**", not "**Due: 1**"."""
    return is_title(text) and (PHASE.search(text) is not None or not label_of(text)[0])


def is_order(text: str) -> bool:
    """Tell whether a line orders something: "Add an index", "Mainnet: raise it"."""
    label, rest = label_of(text)
    return _verb(label) or _verb(rest if label else text)


def _verb(text: str) -> bool:
    """Tell whether a text begins with the imperative of a verb."""
    word = re.match(r"\W*([A-Za-z]+)(?![\w-])", text)
    return word is not None and word[1].casefold() in _VERBS


def is_status(text: str) -> bool:
    """Tell whether a line says how far another one is."""
    return label_of(text)[0] in _STATUS


def is_orders_label(text: str) -> bool:
    """Tell whether a line announces what is to be done, such as "Next steps:"."""
    label, rest = label_of(text)
    return label in _ORDERS and not rest


def is_summary(titles: tuple[str, ...]) -> bool:
    """Tell whether lines below these titles sum up what stands elsewhere."""
    return any(_SUMMARY.search(title) for title in titles)


def in_prose(text: str) -> Role:
    """Return what a paragraph is for that is neither title, label nor status."""
    if _CRITERION.search(text):
        return Role.CRITERION
    return Role.DETAIL if label_of(text)[0] else Role.NARRATIVE


def in_list(text: str, *, below_box: bool, titles: tuple[str, ...]) -> Role:
    """Return what a line of a list is for that has no box and is no title."""
    label, _ = label_of(text)
    if label in _STATUS:
        return Role.STATUS
    if _CRITERION.search(text):
        return Role.CRITERION
    if _DURATION.search(text):
        return Role.NARRATIVE
    if label and is_summary(titles):
        return Role.NARRATIVE
    if is_order(text) or (below_box and _DUTY.search(text)):
        return Role.REQUIREMENT
    if label in _DETAILS or below_box:
        return Role.DETAIL
    return Role.NARRATIVE if is_summary(titles) else Role.REQUIREMENT
