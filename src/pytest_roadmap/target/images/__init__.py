"""Images from declarative recipes: built once, kept by their content."""

from __future__ import annotations
