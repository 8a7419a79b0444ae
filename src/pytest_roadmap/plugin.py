"""The pytest plugin: options and wiring, no decisions."""

from __future__ import annotations
