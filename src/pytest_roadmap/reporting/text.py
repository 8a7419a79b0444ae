"""Making text from a log harmless: what it shows is all that it does."""

from __future__ import annotations

import re
import unicodedata

from markdown_it import MarkdownIt

LONGEST = 4_000

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])"
)
_KEPT = "\n\t"
# Cc control, Cf format (bidirectional marks, zero widths), Cs surrogate,
# Co private use, Zl/Zp line and paragraph separators
_ODD = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def plain(text: str, longest: int = LONGEST) -> str:
    """Return `text` without terminal escapes, and with odd characters shown.

    A control character, a mark that turns the reading direction or a lone
    surrogate becomes its code, such as `⟨U+202E⟩`.  Text over `longest`
    characters loses its middle, and says so.
    """
    text = middle_out(text, longest)
    # What Python prints as it is has no odd character.
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    """Return a character itself, or its code if it is not for reading."""
    if character in _KEPT or unicodedata.category(character) not in _ODD:
        return character
    return f"⟨U+{ord(character):04X}⟩"


def middle_out(text: str, longest: int) -> str:
    """Return `text` in about `longest` characters: its start and its end."""
    if len(text) <= longest:
        return text
    half = longest // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]} … {left_out} characters left out … {text[-half:]}"


def one_line(text: str, longest: int = 300) -> str:
    """Return `text` made harmless, on one line, cut at its end."""
    spaced = "  " in text or text != text.strip()
    if len(text) <= longest and text.isprintable() and not spaced:
        return text  # as most are, and a large run has hundreds of thousands
    line = " ".join(plain(text, 4 * longest).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def unmarked(text: str) -> str:
    """Return a Markdown sentence as its words: `**95 %** pass` is "95 % pass"."""
    (inline,) = MarkdownIt("zero").enable(["emphasis", "backticks"]).parseInline(text)
    return "".join(
        "\n" if piece.type == "softbreak" else piece.content
        for piece in inline.children or ()
    )


def slug(text: str) -> str:
    """Return `text` as lower-case words joined by hyphens."""
    plain_letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", plain_letters.decode().lower())
    return "-".join(words) or "unnamed"
