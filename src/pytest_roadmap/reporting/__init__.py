"""How it is told: pure functions of the scorecard."""

from __future__ import annotations
