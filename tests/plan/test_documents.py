from __future__ import annotations

from pathlib import Path

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan.documents import read_document, read_text, repair

SENTENCE = "Wände — dry\nand ✓\n"


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (SENTENCE.encode(), ""),
        (b"\xef\xbb\xbf" + SENTENCE.encode(), "UTF-8 with a byte order mark"),
        (SENTENCE.encode("utf-16"), "UTF-16-LE with a byte order mark"),
        (b"\xfe\xff" + SENTENCE.encode("utf-16-be"), "UTF-16-BE with a byte order"),
        (SENTENCE.encode("utf-32"), "UTF-32-LE with a byte order mark"),
        (SENTENCE.replace("\n", "\r\n").encode(), "line ends"),
        (SENTENCE.replace("\n", "\r").encode(), "line ends"),
    ],
)
def test_every_unicode_encoding_and_line_end_is_the_same_text(tmp_path, data, note):
    path = tmp_path / "plan.yaml"
    path.write_bytes(data)

    found = read_text(path)

    assert found.text == SENTENCE
    assert note in " ".join(found.notes)
    assert bool(note) == bool(found.notes)


def test_a_nul_byte_is_named_with_its_line(tmp_path):
    path = tmp_path / "roadmap.md"
    path.write_bytes(b"one\ntwo\x00\n")

    with pytest.raises(PlanError) as raised:
        read_text(path)

    assert str(raised.value).startswith(f"{path.as_posix()}:2: holds a NUL byte")
    assert "→ Save the file as UTF-8 text." in str(raised.value)


def test_utf_16_without_a_mark_is_told_from_a_broken_file(tmp_path):
    path = tmp_path / "roadmap.md"
    path.write_bytes("# A house\n".encode("utf-16-le"))

    with pytest.raises(PlanError, match="UTF-16 without a byte order mark"):
        read_text(path)


def test_bytes_that_are_no_utf_8_are_named_with_their_line(tmp_path):
    path = tmp_path / "roadmap.md"
    path.write_bytes(b"one\ntwo\nW\xe4nde\n")

    with pytest.raises(PlanError, match=r"roadmap.md:3: is not UTF-8 text: byte 0xe4"):
        read_text(path)


def test_half_a_character_of_utf_16_is_no_text(tmp_path):
    path = tmp_path / "roadmap.md"
    path.write_bytes(b"\xff\xfea")

    with pytest.raises(PlanError, match="is not UTF-16-LE text"):
        read_text(path)


def test_a_control_character_is_named(tmp_path):
    path = tmp_path / "roadmap.md"
    path.write_bytes(b"one\n\x1b[31mred\n")

    with pytest.raises(PlanError, match=r"roadmap.md:2: holds the control .* U\+001B"):
        read_text(path)


def test_a_missing_file_and_a_folder_say_so(tmp_path):
    with pytest.raises(PlanError, match="cannot be read: No such file"):
        read_text(tmp_path / "plan.yaml")
    with pytest.raises(PlanError, match="cannot be read: Is a directory"):
        read_text(tmp_path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "plan.yaml"
    with path.open("wb") as file:
        file.truncate(65 * 1024 * 1024)

    with pytest.raises(PlanError, match="a plan file has at most"):
        read_text(path)


@pytest.mark.parametrize("codec", ["cp1252", "mac_roman"])
@pytest.mark.parametrize("character", ["✓", "→", "↔", "🟡", "✅"])
def test_a_character_that_was_encoded_twice_is_restored(codec, character):
    broken = "".join(
        bytes([byte]).decode(codec, "ignore") or chr(byte)
        for byte in character.encode()
    )

    assert repair(f"a {broken} b") == (f"a {character} b", 1)


@pytest.mark.parametrize(
    "text",
    [
        "Wände, Öl und ß",
        "«Ähre»",
        "naïve café",
        "✓ → ↔ 🟡",
        "Ã",
        "\u201aÄ",
        "€ 5 — 6",
        "50 °C",
    ],
)
def test_what_was_right_stays_as_it_is(text):
    assert repair(text) == (text, 0)


def test_repairing_twice_changes_nothing_more():
    once, _ = repair("âœ“ Exportâ†\u2019Import \u201aúÖ")

    assert once == "✓ Export→Import ✅"
    assert repair(once) == (once, 0)


def test_a_repaired_document_says_so_and_keeps_the_digest_of_its_bytes(tmp_path):
    path = tmp_path / "roadmap.md"
    path.write_text("âœ“ done\n", encoding="utf-8")

    found = read_document(path)

    assert found.text == "✓ done\n"
    assert found.digest == read_text(path).digest
    assert found.notes == (
        f"{path.as_posix()}: 1 characters were encoded twice; repaired",
    )


def test_a_document_that_came_with_twice_encoded_characters_keeps_its_words():
    here = Path(__file__).parent
    came = here / "documents" / "timecoin-checklist-as-it-came.md"
    kept = here.parents[1] / "suites" / "timecoin-checklist" / "roadmap.md"

    found = read_document(came)

    assert found.text == kept.read_text(encoding="utf-8")
    assert found.notes == (
        f"{came.as_posix()}: 21 characters were encoded twice; repaired",
    )
    assert read_document(kept).notes == ()
