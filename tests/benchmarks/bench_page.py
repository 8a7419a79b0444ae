"""Each report against what others take for the same data, and the page in Chromium.

    python tests/benchmarks/bench_page.py

Writing is processor time, as ratios to pytest's own junitxml and to a bare
json.dumps of the findings.  In the browser, opening is compared with a page that
only has the same rows as a table, and a filter with asking every row's words once.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import pytest
from _pytest.junitxml import LogXML
from playwright.sync_api import sync_playwright
from tests.reporting.conftest import _large
from tests.tools import chromium

from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.reporting import html, reporters

SIZES = (330, 10_000)
_FILTER = """() => {
  const form = document.querySelector("form.filters"), q = form.elements.q;
  const words = JSON.parse(document.getElementById("data").textContent)
    .map(e => JSON.stringify(e).toLowerCase());
  const timed = (text) => {
    q.value = text;
    const begin = performance.now();
    q.dispatchEvent(new Event("input", {bubbles: true}));
    document.body.offsetHeight;
    return performance.now() - begin;
  };
  const bare = (text) => {
    const begin = performance.now();
    words.filter(w => w.includes(text)).length;
    return performance.now() - begin;
  };
  const texts = ["big-7", "seen", "network 99", "nothing like this", ""];
  timed("warm"); bare("warm");
  const middle = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  return [middle(texts.map(timed)), middle(texts.map(bare))];
}"""


def main() -> int:
    """Print the comparison for each size."""
    with tempfile.TemporaryDirectory() as name:
        for count in SIZES:
            _write(count, Path(name))
            _browse(count, Path(name))
    return 0


def timed(work) -> float:
    """Return the processor seconds of `work`."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _write(count: int, folder: Path) -> None:
    """Compare what each report takes."""
    card = _large(count)
    findings = [finding for result in card.results for finding in result.findings]
    dumping = timed(lambda: json.dumps([to_json(finding) for finding in findings]))
    theirs = timed(lambda: _junit(card, folder / "theirs.xml"))
    print(
        f"{count} requirements; pytest's junitxml {theirs:.2f} s, json.dumps "
        f"{dumping:.2f} s"
    )
    whole = 0.0
    for reporter in reporters():
        seconds = timed(
            lambda one=reporter: one.pytest_roadmap_report(
                scorecard=card, folder=folder
            )
        )
        whole += seconds
        short = reporter.__name__.rpartition(".")[2]
        print(f"  {short:10} {seconds:6.2f} s = {seconds / theirs:5.2f} times junitxml")
    print(
        f"  {'all':10} {whole:6.2f} s = {whole / theirs:5.2f} times junitxml, "
        f"{whole / dumping:.2f} times json.dumps"
    )


def _junit(card, path: Path) -> None:
    """Write the run with pytest's own reporter."""
    log = LogXML(str(path), None)
    log.pytest_sessionstart()
    for result in card.results:
        name = f"test_probe.py::{result.requirement.id}"
        failed = result.verdict.value == "failed"
        for when in ("setup", "call", "teardown"):
            log.pytest_runtest_logreport(
                pytest.TestReport(
                    nodeid=name,
                    location=("test_probe.py", 1, result.requirement.id),
                    keywords={},
                    outcome="failed" if failed and when == "call" else "passed",
                    longrepr=result.message if failed and when == "call" else None,
                    when=when,
                    duration=result.duration_s,
                    start=0,
                    stop=result.duration_s,
                )
            )
    log.pytest_sessionfinish()


def _browse(count: int, folder: Path) -> None:
    """Open and filter the page, and a bare table of the same rows."""
    card = _large(count)
    (folder / "page.html").write_text(html.dumps(card), encoding="utf-8")
    rows = "".join(
        f"<tr><td>{r.verdict.value}<td>{r.requirement.id}<td>{r.requirement.title}"
        f"<td>{r.message}"
        for r in card.results
    )
    (folder / "table.html").write_text(f"<!doctype html><table>{rows}</table>")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        bare = _opening(browser, folder / "table.html")[0]
        seconds, page = _opening(browser, folder / "page.html")
        filtering, asking = page.evaluate(_FILTER)
        browser.close()
    print(f"  opening    {seconds:6.2f} s = {seconds / bare:5.2f} times a bare table")
    print(
        f"  filtering  {filtering:6.1f} ms = {filtering / asking:5.1f} times asking "
        "every row's words once"
    )


def _opening(browser, path: Path):
    """Return the seconds of work until a page is drawn, and the page."""
    page = browser.new_page()
    page.set_default_timeout(300_000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(f"file://{path}")
    page.evaluate("new Promise(r => requestAnimationFrame(() => setTimeout(r)))")
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "ThreadTime"), page


if __name__ == "__main__":
    sys.exit(main())
