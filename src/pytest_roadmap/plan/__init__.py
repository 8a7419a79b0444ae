"""What is asked: text to model."""

from __future__ import annotations
