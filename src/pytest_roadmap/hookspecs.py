"""The extension points, in the order of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Roadmap, Scorecard
    from pytest_roadmap.target.provider import Provider


@pytest.hookspec(firstresult=True)
def pytest_roadmap_read_plan(folder: Path) -> Roadmap | None:
    """Read the plan of the suite in `folder`.

    Called once per suite, before collection.  The first answer that is not
    None is used; ours reads `plan.yaml`.  A conftest.py of the rootdir may
    implement it.
    """


@pytest.hookspec(firstresult=True)
def pytest_roadmap_provide_cluster(config: pytest.Config, name: str) -> Provider | None:
    """Return the provider of the cluster that `--roadmap-cluster` names.

    Called on the controller before the first probe that needs a cluster, and
    in each process that runs such probes, for the way onto the cluster's
    machines.  Ours knows `kind`, `context:NAME` and `none`.
    """


@pytest.hookspec
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write one report of the judged run into `folder`.

    Called once, on the controller, after the run; every report of ours is
    only an implementation of this hook.
    """
