"""What the live tests share: one cluster, made if need be, and stopped again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_roadmap.target import tools
from pytest_roadmap.target.cluster import Cluster
from pytest_roadmap.target.connection import Connection
from pytest_roadmap.target.instances import ChainPool
from pytest_roadmap.target.places import places
from pytest_roadmap.target.profile import default_profile, load_profile
from pytest_roadmap.target.provider import Wishes, provide

CHECKOUT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LONGEST_RUN_S = 45 * 60


@pytest.fixture(scope="session")
def cluster():
    """Our kind cluster; what this fixture started is stopped at the end."""
    there = json.loads(_command("status", "--format", "json", may=1))["exists"]
    _command("up")
    yield
    if not there:
        _command("down", "--all")


@pytest.fixture(scope="session")
def profile():
    """The reference chain."""
    return load_profile(default_profile(places(CHECKOUT).checkout))


@pytest.fixture(scope="module")
def target(cluster, profile, request, tmp_path_factory):  # noqa: ARG001 - it must be there
    """The cluster as the library has it, with the images that a run would load."""
    provider = provide("kind", Wishes(provision="never", tell=print))
    provider.load([*profile.images, *tools.RECIPES])
    found = Cluster(
        Connection.of(provider.status(), named=False),
        access=provider.nodes,
        state=tmp_path_factory.mktemp("state"),
        run=request.module.__name__.rpartition(".")[2].replace("_", "-"),
        prefix="live",
    )
    yield found
    found.close()


@pytest.fixture(scope="module")
def pool(target, profile):
    """Chains, of which each test takes what it needs."""
    pool = ChainPool(target, profile)
    yield pool
    pool.close()


@pytest.fixture
def roadmap(cluster):  # noqa: ARG001 - it must be there
    """Run a phase as a user would; return the exit status and the scorecard."""

    def run(*options, phase=1):
        """Run `pytest --roadmap` on the cluster, and keep it."""
        done = subprocess.run(
            [
                BIN / "pytest",
                "--roadmap=kubernetes",
                f"--roadmap-phase={phase}",
                "--roadmap-keep",
                *options,
            ],
            check=False,
            cwd=CHECKOUT,
            timeout=LONGEST_RUN_S,
        )
        file = CHECKOUT / "reports" / "runs" / "latest" / "scorecard.json"
        return done.returncode, json.loads(file.read_text(encoding="utf-8"))

    return run


@pytest.fixture
def roadmap_command(cluster):  # noqa: ARG001 - it must be there
    """Run `pytest-roadmap` as a user would, and return what it printed."""
    return _command


@pytest.fixture
def listed(cluster):  # noqa: ARG001 - it must be there
    """Return `plan list` of phase 1, by id."""

    def read():
        """Ask the command, as a user would."""
        text = _command("plan", "list", "--phase", "1", "--format", "json")
        return {entry["id"]: entry for entry in json.loads(text)}

    return read


def _command(*arguments, may=0):
    """Run `pytest-roadmap` and return what it printed; its progress is shown.

    `may` is a further exit status that is no fault: `status` has one for "none".
    """
    done = subprocess.run(
        [BIN / "pytest-roadmap", *arguments],
        check=False,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode in {0, may}, (
        f"pytest-roadmap {' '.join(arguments)}: {done.stdout}"
    )
    return done.stdout
