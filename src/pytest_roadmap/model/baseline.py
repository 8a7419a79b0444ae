"""What earlier runs measured: the numbers that a new run is compared with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """One number of one requirement, as each run of the baseline measured it."""

    requirement: str
    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The runs that a new one is compared with, and what they measured."""

    runs: tuple[str, ...]
    numbers: tuple[Repeats, ...] = ()
