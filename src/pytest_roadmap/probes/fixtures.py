"""The fixtures of a probe; loaded with --roadmap only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.probes.evidence import BOOK

if TYPE_CHECKING:
    from pytest_roadmap.probes.evidence import EvidenceBook


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> EvidenceBook:
    """What this probe saw: `measure` numbers, `note` sentences, `attach` records."""
    return request.node.stash[BOOK]  # type: ignore[no-any-return]
