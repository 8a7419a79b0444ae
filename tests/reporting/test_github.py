from __future__ import annotations

import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.reporting import github, markdown


def test_errors_stand_first_and_name_the_documents_line(card):
    lines = github.dumps(card).splitlines()
    levels = [line.split()[0] for line in lines]
    order = ["::error", "::warning", "::notice"]

    assert levels == sorted(levels, key=order.index)
    assert lines[0] == (
        "::error file=suites/example/roadmap.md,line=5,title=EX-POD-2 failed::"
        "A deleted validator stops by itself within half of its grace period. "
        "(failed: grace_used_percent 99.5 > 50)"
    )
    assert any(
        line.startswith("::notice") and "EX-SEC-1 waived" in line for line in lines
    )


def test_github_is_told_only_where_it_listens(card, tmp_path):
    page, said = tmp_path / "page.md", []

    github.publish(card, {"GITHUB_STEP_SUMMARY": str(page)}, said.append)
    assert (said, page.exists()) == ([], False)

    page.write_text("before\n")
    github.publish(
        card,
        {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(page)},
        said.append,
    )
    assert said == github.dumps(card).splitlines()
    assert page.read_text() == f"before\n{markdown.dumps(card)}\n"


def test_the_jobs_page_stays_within_its_mebibyte(large_run, tmp_path):
    page = tmp_path / "page.md"
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(page)}
    github.publish(large_run(10_000), environment, lambda _line: None)

    assert 900_000 < page.stat().st_size <= 1024 * 1024


def test_a_page_that_cannot_be_written_is_told(card, tmp_path):
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path)}

    with pytest.raises(ReportError, match="the job's page could not be written"):
        github.publish(card, environment, lambda _line: None)
