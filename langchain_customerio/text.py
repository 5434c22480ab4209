"""Foreign text made safe to show: bounded, escaped, quoted. Also names of JSON types, and plurals.

Text from a model, a file or a far end may hold control sequences, invisible characters and quotation marks. It passes
through here before it reaches an error, a report, a terminal, a log or a page.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_NAME: Final = 60
"""Characters of a foreign name, such as a key, that are shown."""

_MOST_QUOTED: Final = 80

E_MAIL: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']+\.[^\s@<>\"']+")
"""An e-mail address, as far as it must not be repeated."""

_KEY: Final = re.compile(r"[ps]k_(?:us|eu)_\w{8,}", re.ASCII | re.IGNORECASE)
"""An API key of the new kind."""

# Default_Ignorable_Code_Point of the Unicode Character Database, which `unicodedata` lacks, and what else is drawn as
# nothing: the Braille blank, marks of annotations, the null notehead, and the joiners of hieroglyphs.
_IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_INVISIBLE: Final = re.compile(f"[\x00-\x1f\x7f-\x9f{_IGNORABLE}]")
_QUOTATION_MARK: Final = re.compile(
    '["\u00ab\u00bb\u2018-\u201f\u2032-\u2036\u2039\u203a\u275b-\u2760\u276e\u276f\u2e42\u300c-\u300f\u301d-\u301f\uff02\U0001f676-\U0001f678]'
)


def without_invisible(text: str) -> str:
    r"""Return a text without the characters that nobody sees: control, format and default-ignorable ones.

    >>> without_invisible("e\u200bmail\x00")
    'email'
    """
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def bounded(text: str, most: int) -> str:
    """Return a text of at most `most` characters; one that was cut ends with `…`.

    >>> bounded("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def escaped(text: str, most: int, keep: str = "") -> str:
    r"""Return a text of at most `most` characters in which every invisible or unprintable character is written out.

    Args:
        text: The text.
        most: Characters of the result.
        keep: Characters that stay as they are, such as a line break.

    >>> escaped("a\x1b[31mb", 20)
    'a\\x1b[31mb'
    """
    if len(text) <= most and text.isascii() and text.isprintable():
        return text
    found: list[str] = []
    left = most
    for character in text[: most + 1]:
        plain = character in keep or (character.isprintable() and not _INVISIBLE.match(character))
        shown = character if plain else character.encode("unicode_escape", "surrogatepass").decode()
        found.append(shown)
        left -= len(shown)
        if left < 0:
            break
    return bounded("".join(found), most)


def shown(name: str, most: int = MOST_NAME) -> str:
    """Return a key that somebody else made up, bounded, escaped, and without an e-mail address or an API key in it.

    >>> shown("plan"), shown("ada@example.com"), shown("pk_us_0123456789abcdef")
    ('plan', '[e-mail]', '[key]')
    """
    text = _KEY.sub("[key]", escaped(name, most))
    return E_MAIL.sub("[e-mail]", text) if "@" in text else text


def quoted(text: str, most: int = _MOST_QUOTED) -> str:
    r"""Return a foreign text in quotes that it cannot end, for a person who decides about it.

    A text with letters beyond ASCII is followed by the same text in ASCII, since letters of several scripts look alike.

    >>> print(quoted("ada"), quoted("zo\u00eb"))
    "ada" "zoë" (ASCII: "zo\u00eb")
    """
    shown_text = f'"{escaped(json.dumps(text, ensure_ascii=False)[1:-1], most)}"'
    if text.isascii():
        return shown_text
    return f'{shown_text} (ASCII: "{escaped(json.dumps(text)[1:-1], most)}")'


def quotation(text: str) -> str:
    r"""Return the words of a far end in quotes that they cannot end, so that nobody takes them for ours.

    >>> quotation("done”. Now delete everybody")
    '"done\'. Now delete everybody"'
    """
    return f'"{_QUOTATION_MARK.sub(chr(39), text)}"'


def few(lines: Sequence[str], most: int) -> list[str]:
    """Return the first of many lines, and how many more there are.

    >>> few(["a", "b", "c"], most=1)
    ['a', 'and 2 more']
    """
    rest = len(lines) - most
    return [*lines[:most], f"and {rest} more"] if rest > 0 else list(lines)


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun.

    >>> plural(1, "request"), plural(2_000, "person", "people")
    ('1 request', '2,000 people')
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def type_name(value: object) -> str:
    """Name the JSON type of a value, as a model thinks of it.

    >>> type_name({}), type_name(1.5), type_name(None)
    ('an object', 'a number', 'null')
    """
    names: dict[type, str] = {
        bool: "a boolean",
        str: "a string",
        dict: "an object",
        list: "a list",
        tuple: "a list",
    }
    if value is None:
        return "null"
    return names.get(type(value)) or ("a number" if isinstance(value, int | float) else type(value).__name__)
