"""What the probes of volumes have in common."""

from __future__ import annotations

import pytest


@pytest.fixture
def data_claim(undisturbed):
    """The claim of a validator as it runs: the class and size that are asked for."""
    return undisturbed.validators[0].claim
