"""What may overlap overlaps; what needs the cluster alone has it alone."""

from __future__ import annotations

import json

CONFTEST = """
from pathlib import Path

@pytest.fixture(autouse=True)
def _what_it_needs(): pass  # this suite has no cluster

@pytest.fixture(scope="session")
def held():
    file = Path(__file__).parent / f"held-{os.getpid()}"
    file.write_text("")
    yield file
    file.unlink()

@pytest.fixture
def log(request):
    began = time.time()
    yield
    line = json.dumps([request.node.name, os.getpid(), began, time.time()])
    with (Path(__file__).parent / "log").open("a") as file:
        file.write(line + chr(10))
"""
PROBES = """
import pathlib
WAIT = threading.Event().wait

@probe("A-1")
def test_long(held, log): WAIT(1.5)

@probe("A-2")
def test_fact_1(held, log): WAIT(0.5)

@probe("A-3")
def test_fact_2(held, log): WAIT(0.5)

@probe("A-4")
def test_node(log):
    WAIT(0.2)
    assert not list(pathlib.Path(__file__).parents[1].glob("held-*"))

@probe("A-5")
def test_quiet(log):
    assert not list(pathlib.Path(__file__).parents[1].glob("held-*"))
"""
EXTRA = {
    "A-1": {"isolation": "read", "seconds": 9},
    "A-2": {"isolation": "read", "shares": "fact", "seconds": 1},
    "A-3": {"isolation": "read", "shares": "fact", "seconds": 1},
    "A-4": {"isolation": "node", "seconds": 99},
    "A-5": {"isolation": "quiet", "seconds": 99},
}


def test_the_isolation_classes_are_kept(project, workers):
    project.suite(ids=" ".join(EXTRA), extra=EXTRA)
    project.probes("import json\n" + CONFTEST, "suites/tiny/conftest.py")
    project.probes(PROBES)

    ran = project.run("--roadmap", "--roadmap-cluster", "none", workers)

    assert set(ran.verdicts.values()) == {"passed"}, ran.text
    lines = (project.root / "suites/tiny/log").read_text().splitlines()
    spans = {name: span for name, *span in map(json.loads, lines)}
    for name in ("test_node", "test_quiet"):
        for other in spans.keys() - {name}:
            apart = (
                spans[name][1] >= spans[other][2] or spans[other][1] >= spans[name][2]
            )
            assert apart, (name, other, spans)
    assert spans["test_fact_1"][0] == spans["test_fact_2"][0]
    assert spans["test_fact_1"][2] <= spans["test_fact_2"][1]
    if workers == "-n2":
        assert spans["test_long"][0] != spans["test_fact_1"][0]
