"""The commands of suites/PEOPLE.md, one after the other, in a project of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.shop import make_shop

CHECKOUT = Path(__file__).parents[2]
GUIDE = (CHECKOUT / "suites" / "PEOPLE.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
MAIN = "import sys; from pytest_roadmap.cli import main; sys.exit(main())"


@pytest.fixture
def run(tmp_path):
    """Runs a shell script in a project that has the guide's suite and a run."""
    project, tools = tmp_path / "project", tmp_path / "bin"
    make_shop(project)
    # the example's suite is called otherwise, so the guide's keys must serve it too
    make_shop(project, "example")
    tools.mkdir()
    tool = tools / "pytest-roadmap"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{MAIN}" "$@"\n')
    tool.chmod(0o755)
    latest = project / "reports" / "runs" / "latest"
    latest.mkdir(parents=True)
    shutil.copy(CHECKOUT / "reports" / "examples" / "scorecard.json", latest)

    def script(text: str) -> str:
        ran = subprocess.run(
            ["sh", "-euc", text],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                "HOME": str(tmp_path / "home"),
                "PATH": f"{tools}:{os.environ['PATH']}",
            },
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    return script


def test_every_command_of_the_guide_does_what_it_says(run):
    repository = (
        "git init -q . && git -c user.name=a -c user.email=a@example.org "
        "commit -q --allow-empty -m start\n"
    )
    for_the_example = "cp -r suites/shop/keys suites/shop/keys.yaml suites/example/\n"
    blocks = BLOCK.findall(GUIDE)
    blocks.insert(2, for_the_example)

    out = run(repository + "\n".join(blocks))

    assert "1 active\n" in out
    assert out.count("valid    suites/shop/attestations/SHOP-AUDIT-1-") == 1
    assert "signed: NO-GO of the run" in out
    assert "valid    reports/runs/latest/sign-offs/decision-" in out
    assert "refused" not in out
