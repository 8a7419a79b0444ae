"""Without --roadmap nothing happens, and nothing is imported."""

from __future__ import annotations

PROBE = """
@probe("A-1")
def test_one(cluster):
    (__import__("pathlib").Path(__file__).parent / "ran").write_text("yes")
"""
LOOK = """
import sys

def test_look():
    heavy = (
        "kubernetes", "rich", "yaml", "jinja2", "sqlalchemy", "alembic", "psycopg",
        "pytest_roadmap.plan",
    )
    ours = [name for name in sys.modules if name.startswith("pytest_roadmap")]
    assert not [name for name in heavy if name in sys.modules]
    assert sorted(ours) == [
        "pytest_roadmap",
        "pytest_roadmap.hookspecs",
        "pytest_roadmap.plugin",
        "pytest_roadmap.running",
        "pytest_roadmap.running.options",
    ]
"""


def test_nothing_heavy_is_imported(project):
    (project.root / "tests/test_look.py").write_text(LOOK)

    ran = project.run()

    assert ran.status == 0, ran.text


def test_probes_do_not_run(project):
    project.suite(ids="A-1")
    project.probes(PROBE)

    ran = project.run("suites", "-rs")

    assert "run it with pytest --roadmap" in ran.text
    assert not (project.root / "suites/tiny/words/ran").exists()
    assert not (project.root / "reports").exists()


def test_collecting_only_lists_and_leaves_nothing(project):
    project.suite(ids="A-1")
    project.probes(PROBE)

    ran = project.run("--roadmap", "--collect-only", "-q")

    assert ran.status == 0
    assert "suites/tiny/words/test_a.py::test_one" in ran.text
    assert not (project.root / "reports").exists()


def test_a_plain_test_beside_the_probes_keeps_pytests_meaning(project):
    project.suite(ids="A-1")
    project.probes('@probe("A-1")\ndef test_one(): pass\n')
    (project.root / "tests/test_plain.py").write_text("def test_no(): assert 0\n")

    ran = project.run("suites", "tests", "--roadmap", "-n0")

    assert ran.card["decision"] == "GO"
    assert ran.status == 1
