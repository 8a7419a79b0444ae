"""The system under test; the only importer of kubernetes."""

from __future__ import annotations
