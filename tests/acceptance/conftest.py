"""A project with tiny suites, for pytest to run inside pytest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
HEAD = """
import os, signal, sys, threading, time
import pytest
from pytest_roadmap.probes import *
"""


@dataclass(slots=True)
class Ran:
    """A run that has ended."""

    status: int
    text: str
    folder: Path | None

    @property
    def card(self) -> dict:
        return json.loads((self.folder / "scorecard.json").read_text())

    @property
    def verdicts(self) -> dict[str, str]:
        return {r["id"]: r["verdict"] for r in self.card["requirements"]}

    @property
    def messages(self) -> dict[str, str]:
        return {r["id"]: r["message"] for r in self.card["requirements"]}

    @property
    def findings(self) -> dict[str, dict]:
        lines = (self.folder / "findings.jsonl").read_text().splitlines()
        return {f["requirement"]: f for f in map(json.loads, lines)}


@dataclass(slots=True)
class Project:
    """A folder with suites."""

    root: Path

    def suite(
        self, name: str = "tiny", *, ids: str = "A-1 A-2", extra: dict | None = None
    ) -> None:
        """Write a suite of one phase with these ids; `extra` fields by id."""
        folder = self.root / "suites" / name
        folder.mkdir(parents=True, exist_ok=True)
        requirements = [
            {"id": i, "title": f"What {i} says holds.", "isolation": "static"}
            | (extra or {}).get(i, {})
            for i in ids.split()
        ]
        plan = {
            "suite": name,
            "title": name,
            "document": "roadmap.md",
            "expect": {"1": len(requirements)},
            "phases": [
                {
                    "number": 1,
                    "name": "First",
                    "sections": [{"name": "Words", "requirements": requirements}],
                }
            ],
        }
        folder.joinpath("plan.yaml").write_text(json.dumps(plan))
        folder.joinpath("roadmap.md").write_text(f"# {name}\n\n- [ ] something\n")
        criteria = {"phases": [{"phase": 1, "threshold": "100 %"}]}
        folder.joinpath("criteria.yaml").write_text(json.dumps(criteria))
        folder.joinpath("waivers.yaml").write_text("waivers: []\n")

    def probes(self, text: str, path: str = "suites/tiny/words/test_a.py") -> None:
        """Write a module of probes."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + textwrap.dedent(text))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start pytest with these arguments."""
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *QUICK, *arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "COLUMNS": "200"},
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str]) -> Ran:
        """Wait for the end of a run."""
        timer = threading.Timer(60, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        text, _ = process.communicate()
        timer.cancel()
        runs = self.root / "reports/runs"
        found = [p for p in runs.glob("*") if p.name != "latest"]
        folder = max(found, key=lambda p: p.stat().st_mtime_ns, default=None)
        return Ran(status=process.returncode, text=text, folder=folder)

    def run(self, *arguments: str) -> Ran:
        """Run pytest with these arguments."""
        return self.end(self.start(*arguments))


@pytest.fixture(scope="session")
def new_project(tmp_path_factory):
    """Makes projects with nothing in them but their configuration."""

    def make() -> Project:
        root = tmp_path_factory.mktemp("project")
        root.joinpath("pytest.ini").write_text(
            "[pytest]\naddopts = --import-mode=importlib --strict-markers\n"
            "testpaths = tests\n"
        )
        root.joinpath("tests").mkdir()
        return Project(root=root)

    return make


@pytest.fixture
def project(new_project) -> Project:
    """A project with nothing in it but its configuration."""
    return new_project()


@pytest.fixture(params=["-n0", "-n2"])
def workers(request) -> str:
    """Each way to run: in one process, and with workers."""
    return request.param
