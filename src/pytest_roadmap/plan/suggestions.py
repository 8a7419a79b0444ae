"""Misspelt words: what the writer probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown `word`: the nearest known ones, or all of few.

    Upper and lower case are the same here: `infra-pdb-3` finds `INFRA-PDB-3`.
    """
    choices = {choice.casefold(): choice for choice in known}
    near = difflib.get_close_matches(word.casefold(), choices, n=3, cutoff=0.6)
    best = [choices[name] for name in near if _as_near(word, name, near[0])]
    if best:
        return f"Did you mean {' or '.join(map(repr, best))}?"
    if 0 < len(choices) <= 12:  # noqa: PLR2004 - what fits on two lines
        return f"Use one of: {', '.join(choices.values())}."
    return ""


def _as_near(word: str, name: str, best: str) -> bool:
    """Tell whether `name` is as near to the misspelt `word` as the `best` one is."""
    ratios = [
        difflib.SequenceMatcher(None, other, word.casefold()).ratio()
        for other in (name, best)
    ]
    return ratios[0] == ratios[1]
