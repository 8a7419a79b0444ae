"""A suite with manual requirements, and keys of people whom it trusts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.plan import load_suite
from pytest_roadmap.signing.attestations import attest
from pytest_roadmap.signing.keys import new_key, signer, trusted_keys

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.plan import Suite

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
COMMIT = "c0ffee" + "0" * 34
PLAN = """\
suite: {name}
title: A shop
document: roadmap.md
expect: {{1: 3}}
phases:
  - number: 1
    name: Shop
    sections:
      - name: People
        requirements:
          - {{id: SHOP-AUDIT-1, title: The auditors have been., manual: true}}
          - {{id: SHOP-AUDIT-2, title: Their list is empty., manual: true}}
          - {{id: SHOP-OPEN-1, title: It is open.}}
"""
KEYS = """\
keys:
  - file: auditor.pub
    owner: auditor
    attests: [SHOP-AUDIT-*]
  - file: manager.pub
    owner: release manager
    attests: [SHOP-AUDIT-2, decision]
"""


@dataclass
class Shop:
    """A suite on disk, and where its people keep their private keys."""

    folder: Path
    safe: Path
    now: dt.datetime = NOW
    commit: str = COMMIT

    @property
    def suite(self) -> Suite:
        return load_suite(self.folder)

    @cached_property
    def keys(self):
        return trusted_keys(self.suite)

    @cached_property
    def asked(self):
        return {asked.id: asked for asked in self.suite.roadmap.requirements()}

    def signer(self, name: str):
        return signer(self.safe / f"{name}.key")

    def attest(self, name: str = "SHOP-AUDIT-1", who: str = "auditor", **more):
        """Sign a requirement and return the file and its attestation."""
        suite = self.suite
        asked = next(r for r in suite.roadmap.requirements() if r.id == name)
        fields = {"about": COMMIT, "expires": dt.date(2026, 6, 30), "now": NOW}
        return attest(suite, asked, self.signer(who), **(fields | more))


def make_shop(root: Path, name: str = "shop") -> Shop:
    """Write a suite of that name, with keys for its two people and a stranger."""
    folder, safe = root / "suites" / name, root.parent / f"{root.name}-safe-{name}"
    folder.mkdir(parents=True)
    (folder / "plan.yaml").write_text(PLAN.format(name=name))
    (folder / "roadmap.md").write_text("# Shop\n\n- [ ] open\n")
    (folder / "criteria.yaml").write_text('phases: [{phase: 1, threshold: "60 %"}]\n')
    (folder / "keys.yaml").write_text(KEYS)
    for who in ("auditor", "manager", "stranger"):
        place = safe if who == "stranger" else folder / "keys"
        new_key(safe / f"{who}.key", place / f"{who}.pub")
    return Shop(folder=folder, safe=safe)


@pytest.fixture
def shop(tmp_path) -> Shop:
    return make_shop(tmp_path / "project")


@pytest.fixture
def branch(tmp_path) -> Shop:
    """Another suite, with keys of its own."""
    return make_shop(tmp_path / "elsewhere", "branch")


@pytest.fixture(scope="session")
def signed(tmp_path_factory):
    """A suite and the bytes of a good attestation, made once."""
    shop = make_shop(tmp_path_factory.mktemp("signed") / "project")
    path, word = shop.attest()
    return shop, path.read_bytes(), word
