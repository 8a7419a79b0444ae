"""How it is measured: what a probe author imports."""

from __future__ import annotations
