"""The fingerprint of a requirement: what exactly people have decided about.

A waiver and an attestation hold for the words that were read when they were
made.  When the words change, they hold no more.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.model.roadmap import Requirement

SHORTEST = 12  # hex digits that name a text in a file that people read
_SENTENCES = ("title", "given", "when", "then", "counter_example")


def fingerprint(requirement: Requirement) -> str:
    """Return the SHA-256 (hex) of what a requirement asks.

    It covers the sentences and the limits.  Where it stands in the plan, how
    long its probe takes and how its lines are wrapped is not what it asks.
    """
    sentences = [" ".join(getattr(requirement, key).split()) for key in _SENTENCES]
    limits = sorted(
        [limit.name, _bound(limit.at_least), _bound(limit.at_most)]
        for limit in requirement.limits
    )
    text = json.dumps([sentences, limits])
    return hashlib.sha256(text.encode()).hexdigest()


def same_text(stated: str, requirement: Requirement) -> bool:
    """Tell whether a stated fingerprint, perhaps shortened, is the requirement's."""
    return len(stated) >= SHORTEST and fingerprint(requirement).startswith(stated)


def _bound(value: float | None) -> str:
    """Return a bound as text that is the same for `1` and `1.0`."""
    return "" if value is None else repr(float(value))
