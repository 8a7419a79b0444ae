from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.plan import load_suite
from pytest_roadmap.plan.probes_index import index_probes
from pytest_roadmap.probes.evidence import EvidenceBook
from pytest_roadmap.target.faults import Faults
from pytest_roadmap.target.faults.partitions import Network

SUITES = Path(__file__).parents[2] / "suites"
README = SUITES / "README.md"
NO_FAULTS = {"made", "survivors"}  # one for other libraries' faults, and a question
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def block(language: str, text: str) -> str:
    """Return the README's block of that language that holds `text`."""
    readme = README.read_text(encoding="utf-8")
    (found,) = [
        b for name, b in BLOCK.findall(readme) if name == language and text in b
    ]
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Make the README's suite on disk."""
    folder = tmp_path / "suites" / "shop"
    (folder / "status").mkdir(parents=True)
    entry = "".join(
        f"          {line}\n" for line in block("yaml", "- id:").splitlines()
    )
    plan = (
        "suite: shop\ntitle: A shop\ndocument: roadmap.md\nexpect: {1: 1}\nphases:\n"
        "  - number: 1\n    name: Shop\n    sections:\n      - name: Status\n"
        f"        requirements:\n{entry}"
    )
    files = {
        "roadmap.md": "### Phase 1: Shop (1 tests)\n\n**Status**: status page\n",
        "plan.yaml": plan,
        "criteria.yaml": block("yaml", "threshold"),
        "waivers.yaml": block("yaml", "approver"),
        "status/test_status_page.py": block("python", '@probe("SHOP'),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def shop_url():
    """Serve a status page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"release": "v1.2"}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_examples_are_a_suite(shop):
    suite = load_suite(shop)

    (entry,) = suite.roadmap.requirements()
    (probe,) = index_probes(shop.parents[1], shop)
    assert probe.ids == (entry.id,) == ("SHOP-STATUS-1",)
    assert suite.criteria.of(1).must_hold == {entry.id}
    assert suite.waivers[0].requirement == entry.id


def test_the_example_probe_measures_every_limited_number(shop, shop_url):
    (entry,) = load_suite(shop).roadmap.requirements()
    code: dict[str, object] = {}
    exec(block("python", '@probe("SHOP'), code)  # noqa: S102 - our own README
    probe = code["test_the_status_page_names_the_running_release"]
    book = EvidenceBook()

    probe(shop_url, book)

    assert set(book.measurements) == {limit.name for limit in entry.limits}
    assert all(limit.admits(book.measurements[limit.name]) for limit in entry.limits)
    assert probe.__doc__ == entry.title
    with pytest.raises(UnavailableError, match="no shop at"):
        probe("http://127.0.0.1:9", EvidenceBook())


def test_the_suites_readme_has_the_plans_numbers():
    text = (SUITES / "kubernetes" / "README.md").read_text(encoding="utf-8")

    for phase in load_suite(SUITES / "kubernetes").roadmap.phases:
        total = sum(1 for _ in phase.requirements())
        sections = " · ".join(f"{s.name} {len(s.requirements)}" for s in phase.sections)
        assert f"| {phase.number} {phase.name}, {total} |" in text
        assert sections in text


def test_the_readme_names_every_fault():
    table = re.search(
        r"on `experiment.faults`:\n\n(.*?)\n\n", README.read_text("utf-8"), re.DOTALL
    )
    named = set(re.findall(r"`([\w.]+)`", table[1]))

    assert named == public(Faults) - NO_FAULTS | {
        f"network.{name}" for name in public(Network)
    }


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}
