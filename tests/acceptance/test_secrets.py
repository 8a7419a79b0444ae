"""Secrets and odd characters on their way from a probe to the run's folder."""

from __future__ import annotations

from pytest_roadmap.reporting import archive, journal

SECRET = "hunter22hunter22"  # noqa: S105 - planted, to be looked for
PROBES = """
SECRET = "hunter" + "22" + "hunter" + "22"

@probe("A-1")
def test_tells_it_in_a_message():
    assert False, f"login refused: password={SECRET}"

@probe("A-2")
def test_attaches_it(evidence):
    evidence.attach("settings", {"api_key": SECRET})
    evidence.attach("a long log", f"Authorization: Bearer {SECRET}\\n" + "x" * 100_000)
    evidence.note(f"token: {SECRET}")
    print(f"postgres://app:{SECRET}@db/x")

@probe("A-3")
def test_raises_it():
    raise RuntimeError(f"cannot reach postgres://app:{SECRET}@db:5432/x")

@probe("A-4")
def test_tells_it_where_the_message_is_cut():
    assert False, "x" * 270 + f' password="{SECRET * 9}"'
"""
ODD = """
@probe("A-1")
def test_says_odd_things(evidence):
    evidence.attach("odd", "half a character \\ud83d")
    assert False, "half a character \\ud83d, a null \\x00"

@probe("A-2")
def test_passes():
    pass
"""


def everything(folder):
    """Return all bytes that a run left."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    return b"\n".join(path.read_bytes() for path in files)


def test_no_secret_reaches_the_runs_folder(project, workers):
    project.suite(ids="A-1 A-2 A-3 A-4")
    project.probes(PROBES)

    ran = project.run("--roadmap", workers)

    assert ran.verdicts == dict.fromkeys(["A-1", "A-3", "A-4"], "failed") | {
        "A-2": "passed",
        "A-3": "error",
    }
    assert SECRET.encode() not in everything(ran.folder)
    assert ran.messages["A-1"] == "login refused: password=[redacted]"
    assert ran.findings["A-1"]["message"] == ran.messages["A-1"]
    assert SECRET not in ran.text


def test_the_secret_of_the_command_line_is_not_kept(project):
    project.suite(ids="A-1")
    project.probes('@probe("A-1")\ndef test_passes(): pass\n')

    ran = project.run("--roadmap", "-n0", "-o", f"cache_dir=token={SECRET}")

    assert ran.status == 0
    assert "cache_dir=token=[redacted]" in ran.card["run"]["command"]
    assert SECRET.encode() not in everything(ran.folder)


def test_half_a_character_in_a_message_breaks_nothing(project, workers):
    project.suite(ids="A-1 A-2")
    project.probes(ODD)

    ran = project.run("--roadmap", workers)

    assert (ran.status, ran.verdicts) == (10, {"A-1": "failed", "A-2": "passed"})
    findings, notes = journal.read(ran.folder / journal.FILE)
    assert (len(findings), notes) == (2, ())
    (said,) = [f.message for f in findings if f.requirement == "A-1"]
    assert said.startswith("half a character \\ud83d, a null ")
    assert archive.read(ran.folder / archive.FILE).decision == "NO-GO"
