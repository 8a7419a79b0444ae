"""report.html in a real Chromium: read, filtered, typed at, printed, attacked."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import sync_playwright
from tests.tools import AXE, chromium, packed

from pytest_roadmap.reporting import html

WIDTHS = (360, 1280)
LONGEST_S, LOOK_MS = 30.0, 20


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        yield program
        program.close()


@pytest.fixture(scope="module")
def files(card, hostile, large_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    cards = {
        "card": card,
        "hostile": hostile,
        "large": large_run(330),
        "huge": large_run(3000),
    }
    for name, one in cards.items():
        (folder / f"{name}.html").write_text(html.dumps(one), encoding="utf-8")
    return {name: f"file://{folder}/{name}.html" for name in cards}


@pytest.fixture
def opened(browser, files):
    """Return a function that opens a page; no complaint and no request is borne."""
    contexts, complaints = [], []

    def opened(name="card", part="", width=1280, motion="reduce", **more):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion=motion, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(files[name] + part)
        return page

    requests = []
    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.split("#")[0] for url in requests} <= set(files.values())


def until(page, expression):
    """Wait until the page says so, asked from without: its own policy forbids eval."""
    deadline = time.monotonic() + LONGEST_S
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"it never came: {expression}"
        page.wait_for_timeout(LOOK_MS)


def shown(page):
    return page.evaluate(
        "[...document.querySelectorAll('details.row')]"
        ".filter(r => !r.hidden && !r.closest('[hidden]'))"
        ".map(r => r.querySelector('.id').textContent)"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(opened, width, scheme):
    page = opened(width=width, color_scheme=scheme)
    # Unfold everything, so that all of it is looked at.
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_selector("details.row .body pre")
    page.evaluate(packed(AXE).read_text())
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
        "v => [v.id, v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary)]))"
    )

    assert found == []


@pytest.mark.parametrize("name", ["card", "hostile", "large"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(opened, name, width):
    page = opened(name, width=width)
    page.evaluate(
        "[...document.querySelectorAll('details')].slice(0, 40)"
        ".forEach(d => d.open = true)"
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_decides_needs_no_script(opened):
    page = opened(java_script_enabled=False)
    text = page.inner_text("main")

    assert page.inner_text("h1") == "NO-GO"
    assert text.index("Why") < text.index("What would flip it")
    assert text.index("What blocks the release") < text.index("Phases")
    assert "3 of 6 = 50 %".replace(" %", "\u00a0%") in text
    assert "grace_used_percent 99.5 > 50" in text
    assert "A stolen token is of no use after an hour." in text


def test_hostile_evidence_shows_itself_and_does_nothing(opened):
    page = opened("hostile")
    page.click("details.row > summary")
    text = page.inner_text("details.row pre")

    assert text.startswith("</script><script>alert(1)</script> <img src=x")
    assert "⟨U+202E⟩" in text
    assert page.locator("img, iframe, object, embed, .body script").count() == 0


def test_an_opened_requirement_shows_its_evidence(opened):
    page = opened(part="#req-EX-POD-2")
    body = page.locator("#req-EX-POD-2 .body")

    until(page, "document.activeElement.parentElement.id === 'req-EX-POD-2'")
    assert "flush of the write-ahead log took 27 s" in body.inner_text()
    assert "99.5" in body.locator("tr.broken").inner_text()
    assert body.locator(".evidence a").get_attribute("href") == (
        f"evidence/{'cd' * 32}.txt"
    )


def test_filters_narrow_the_list_and_stand_in_the_address(opened):
    page = opened()
    page.locator("label.chip", has_text="error").click()
    assert shown(page) == ["EX-SEC-2"]
    assert page.evaluate("location.hash") == "#list?verdict=error"

    page.locator("label.chip", has_text="unavailable").click()
    assert shown(page) == ["EX-PDB-2", "EX-PDB-3", "EX-SEC-2"]
    page.select_option("#phase", "example 1")
    assert shown(page) == ["EX-PDB-2", "EX-PDB-3"]
    assert page.inner_text("output") == "2 of 18 shown."
    assert not page.is_visible("#phase-2")

    page.click("button[type=reset]")
    until(page, "location.hash === '#list'")
    assert len(shown(page)) == 18


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("q=DRAIN+quorum", ["EX-PDB-1"]),
        ("q=vault_token", ["EX-SEC-1"]),
        ("flag=flaky", ["EX-POD-3"]),
        ("verdict=stale,partial", ["EX-SEC-4", "EX-SEC-5"]),
        ("phase=example+3&verdict=not_run", ["EX-MON-1"]),
        ("q=platform", ["EX-SEC-1"]),
        ("owner=platform+team", ["EX-SEC-1"]),
        ("owner=-&phase=example+1&verdict=unavailable", ["EX-PDB-2", "EX-PDB-3"]),
        ("strength=stated", []),
    ],
)
def test_an_address_restores_its_filters(opened, query, ids):
    assert shown(opened(part=f"#list?{query}")) == ids


def test_what_somebody_owns_is_found(opened):
    page = opened()
    page.select_option("#owner", "runtime team")

    assert shown(page) == ["EX-POD-2"]
    assert page.evaluate("location.hash") == "#list?owner=runtime+team"
    page.select_option("#owner", "-")
    assert len(shown(page)) == 16


def test_the_keyboard_is_enough(opened):
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("disruption")
    assert shown(page) == ["EX-PDB-1", "EX-PDB-2", "EX-PDB-3"]
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.locator("#req-EX-PDB-2 .body").is_visible()
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    until(page, "location.hash === '#list'")
    assert len(shown(page)) == 18


def test_a_link_from_what_blocks_opens_even_what_is_filtered_away(opened):
    page = opened(part="#list?verdict=passed")
    page.locator(".blocks a", has_text="EX-SEC-2").click()

    page.wait_for_selector("#req-EX-SEC-2[open] .body")
    assert page.is_visible("#req-EX-SEC-2 .body")


def test_the_document_shows_what_was_measured_of_its_lines(opened):
    page = opened()
    page.click(".documents summary")
    seen = page.locator(".lines li", has_text="Disruption Budget").locator("a.dot")

    assert seen.all_inner_texts() == ["✓", "∅", "∅"]
    assert seen.nth(1).get_attribute("aria-label") == "EX-PDB-2 unavailable"


def test_print_hides_what_paper_cannot_do(opened):
    page = opened(color_scheme="dark")
    page.emulate_media(media="print")

    assert not page.is_visible("form.filters")
    assert not page.is_visible("nav")
    assert page.is_visible("#req-EX-MON-2")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_colour_is_never_all(opened):
    page = opened()
    signs = page.evaluate(
        "[...document.querySelectorAll('.verdict, .chip, .dot')]"
        ".map(e => e.textContent)"
    )
    assert all(re.match(r"\W", sign.strip()) for sign in signs)
    fills = page.evaluate(
        "['failed', 'waived', 'unknown'].map(k => getComputedStyle("
        "document.querySelector(`svg.bar > .${k}`)).fill)"
    )
    assert [fill.split('"')[1] for fill in fills] == ["#hatched", "#striped", "#dotted"]


ROWS = "document.querySelectorAll('details.row').length"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_of_many_rows_those_near_the_screen_are_made(opened, motion):
    page = opened("huge", motion=motion)
    assert page.evaluate(ROWS) < 300

    # At once: a smooth way to the end passes rows, and those it passes are made.
    page.evaluate("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    page.wait_for_selector("#req-BIG-2999")
    page.evaluate("location.hash = 'req-BIG-1234'")
    page.wait_for_selector("#req-BIG-1234[open] .body")
    place = "document.getElementById('req-BIG-1234').getBoundingClientRect().top"
    until(page, f"Math.abs({place} - 56) < 20")
    page.wait_for_timeout(300)
    assert abs(page.evaluate(place) - 56) < 20  # beneath the navigation, and stays
    assert page.evaluate(ROWS) < 1000


def test_filters_reach_rows_that_are_not_made_yet(opened):
    page = opened("huge")
    page.fill("#q", "2999")
    page.wait_for_selector("#req-BIG-2999")

    assert shown(page) == ["BIG-2999"]
    assert page.inner_text("output") == "1 of 3000 shown."
    assert page.locator("section.group:not([hidden])").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    until(page, "document.activeElement.parentElement.id === 'req-BIG-2999'")


def test_the_row_that_is_read_keeps_the_focus_when_the_filters_go(opened):
    page = opened("huge")
    page.fill("#q", "2999")
    page.wait_for_selector("#req-BIG-2999")
    # Both keys before the page has a moment to itself, as on a busy machine.
    page.evaluate(
        "for (const key of ['Escape', 'k']) document.activeElement"
        ".dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    until(page, "document.querySelector('output').textContent.startsWith('3000')")
    page.wait_for_timeout(300)

    assert page.evaluate("document.activeElement.parentElement.id") == "req-BIG-2999"


@pytest.mark.parametrize("asked", ["print", "Control+f"])
def test_paper_and_the_browsers_own_search_get_every_row(opened, asked):
    page = opened("huge")
    if asked == "print":
        page.emulate_media(media="print")
    else:
        page.keyboard.press(asked)
    until(page, f"{ROWS} === 3000")

    assert len(shown(page)) == 3000


def test_without_a_script_every_row_is_there(opened):
    page = opened("huge", java_script_enabled=False)

    assert page.locator("p.row").count() == 3000
    assert page.locator("#req-BIG-2999").is_visible()


def test_the_data_is_in_the_order_of_the_rows(opened):
    page = opened("large")
    ids = [e["id"] for e in json.loads(page.text_content("#data"))]

    assert ids == shown(page)
