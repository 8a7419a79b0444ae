"""How it is judged: pure functions."""

from __future__ import annotations
