"""Misspelt words: what the writer probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown `word`: the nearest known one, or all of few.

    Upper and lower case are the same here: `infra-pdb-3` finds `INFRA-PDB-3`.
    """
    choices = {choice.casefold(): choice for choice in known}
    near = difflib.get_close_matches(word.casefold(), choices, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {choices[near[0]]!r}?"
    if 0 < len(choices) <= 12:  # noqa: PLR2004 - what fits on two lines
        return f"Use one of: {', '.join(choices.values())}."
    return ""
