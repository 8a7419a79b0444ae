"""pytest-roadmap: a roadmap document is the denominator, a probe earns the points."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
