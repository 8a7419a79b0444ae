"""The extension points, in the order of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Scorecard
    from pytest_roadmap.target.faults import Works
    from pytest_roadmap.target.provider import Provider


@pytest.hookspec(firstresult=True)
def pytest_roadmap_provide_cluster(config: pytest.Config, name: str) -> Provider | None:
    """Return the provider of the cluster that `--roadmap-cluster` names.

    Called on the controller before the first probe that needs a cluster, and
    in each process that runs such probes, for the way onto the cluster's
    machines.  Ours knows `kind`, `context:NAME` and `none`.
    """


@pytest.hookspec(firstresult=True)
def pytest_roadmap_provide_fault(config: pytest.Config, works: Works) -> Works | None:
    """Return other works that make the same fault, or None to let ours do it.

    Called for each fault before it is injected; `works` is how we would make
    it, such as `Partition` with its walls.  So a team that runs a chaos engine
    can inject with it.  The contract stays: what `is_on` and `is_off` say of
    the effect decides whether anything may be judged, and each step of `undo`
    must be one that `pytest-roadmap heal` can do alone, such as `delete` for
    the engine's own object.
    """


@pytest.hookspec
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write one report of the judged run into `folder`.

    Called once, on the controller, after the run; every report of ours is
    only an implementation of this hook.
    """
