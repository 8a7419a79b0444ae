"""The CI workflows that we offer obey their hosts' schemas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LINT = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
GITHUB = ["vendor.github-workflows"]
GITLAB = ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        (GITHUB, ".github/workflows/tests.yml"),
        (GITHUB, ".github/workflows/nightly.yml"),
        (GITLAB, ".gitlab-ci.yml"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_workflow_is_valid(schema, file):
    done = subprocess.run(
        [*LINT, *schema, CHECKOUT / file], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_broken_workflow_is_told(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text("on: push\njobs: {a: {steps: 3}}\n", encoding="utf-8")

    done = subprocess.run(
        [*LINT, *GITHUB, broken], check=False, capture_output=True, text=True
    )

    assert done.returncode == 1
