from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.reporting import files, write_all


def test_a_full_disk_costs_one_report_and_no_other(card, tmp_path, monkeypatch):
    def replace(self, target, _really=Path.replace):
        if Path(target).name == "junit.xml":
            raise OSError(errno.ENOSPC, "No space left on device")
        return _really(self, target)

    assert write_all(card, tmp_path / "whole") == []
    everything = {path.name for path in (tmp_path / "whole").iterdir()}
    monkeypatch.setattr(Path, "replace", replace)

    (error,) = write_all(card, tmp_path / "run")

    assert str(error).startswith(
        f"{tmp_path / 'run/junit.xml'}: it could not be written: "
        "No space left on device\n"
        "  → make room or rights there, then run `pytest-roadmap report`"
    )
    assert {p.name for p in (tmp_path / "run").iterdir()} == everything - {"junit.xml"}
    assert {"report.html", "scorecard.json", "summary.md"} < everything


def test_a_report_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "summary.md"
    files.write(path, "old")

    def fsync(_handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(ReportError, match="Input/output error"):
        files.write(path, "new")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_a_file_is_told(card, tmp_path):
    (tmp_path / "run").write_text("")

    assert write_all(card, tmp_path / "whole") == []
    errors = write_all(card, tmp_path / "run")

    told = [Path(str(error).partition(": ")[0]).name for error in errors]
    assert len(set(told)) == len(told)
    assert {"scorecard.json", "report.html", "junit.xml", "summary.md"} <= set(told)
    assert set(told) <= {path.name for path in (tmp_path / "whole").iterdir()}
    assert all(isinstance(error, ReportError) for error in errors)
