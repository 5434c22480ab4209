"""The API key: it signs requests and is cleaned out of other people's texts; nothing shows it.

Source: Customer.io documentation, Pipelines API, Authentication.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.text import without_invisible

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

_NEW_STYLE: Final = re.compile(r"(pk|sk)_")
_REPLACEMENT: Final = "[key]"
_FEWEST: Final = 12
"""Characters of the shortest key that Customer.io gives; what is shorter is a key of a test, and may be a word."""

_MOST_NESTED: Final = 64
_TOO_DEEP: Final = "[nested too deep]"


class Key:
    """A key that is shown nowhere but in the header of a request: not in `repr`, logs, errors or frames.

    Args:
        secret: The key, without white space around it.
    """

    def __init__(self, secret: SecretStr) -> None:
        """Keep the key where only this class looks."""
        self._secret = secret

    def sign(self, request: httpx.Request) -> None:
        """Set the `Authorization` header: `Bearer` for a `pk_` or `sk_` key, `Basic` for an older one."""
        if _NEW_STYLE.match(self._secret.get_secret_value()):
            request.headers["Authorization"] = f"Bearer {self._secret.get_secret_value()}"
        else:
            request.headers["Authorization"] = f"Basic {self._basic()}"

    def is_in(self, body: bytes) -> bool:
        """Return whether a body carries the key: as data of a workspace, more people would read it than may have it."""
        return any(form in body for form in self._forms_as_data)

    def clean(self, text: str) -> str:
        """Return somebody else's text without the key: as it is, in base64 or hexadecimal, or escaped, in any case.

        Of a text that shows the key where gaps and the look of letters are left out of account, nothing is left.
        """
        cleaned = self._forms.sub(_REPLACEMENT, text)
        together = _drawn_together(cleaned).encode("utf-8", "replace")
        return _REPLACEMENT if any(form.lower() in together for form in self._forms_as_data) else cleaned

    def clean_json(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """Return a JSON value without the key in its texts, keys of objects included."""
        if isinstance(value, str):
            return self.clean(value)
        if depth > _MOST_NESTED:
            return _TOO_DEEP
        if isinstance(value, dict):
            return {self.clean(name): self.clean_json(item, depth + 1) for name, item in value.items()}
        if isinstance(value, list):
            return [self.clean_json(item, depth + 1) for item in value]
        return value

    def digest(self, salt: str) -> str:
        """Return eight hexadecimal digits that tell keys apart, and from which none can be found."""
        return blake2b(f"{salt} {self._secret.get_secret_value()}".encode(), digest_size=4).hexdigest()

    @property
    def is_private(self) -> bool:
        """Whether it is a private key, which opens far more than these calls."""
        return self._secret.get_secret_value().startswith("sk_")

    @property
    def _is_long(self) -> bool:
        return len(self._secret.get_secret_value()) >= _FEWEST

    def _basic(self) -> str:
        return base64.b64encode(f"{self._secret.get_secret_value()}:".encode()).decode()

    @cached_property
    def _forms_as_data(self) -> tuple[bytes, ...]:
        """What is looked for in every call; a key of a test, which may be a word, in none."""
        if not self._is_long:
            return ()
        in_base64 = _in_base64(self._secret.get_secret_value().encode())
        for_addresses = [form.translate(_FOR_ADDRESSES) for form in in_base64]
        plain = json.dumps(self._secret.get_secret_value())[1:-1]
        return tuple(form.encode() for form in dict.fromkeys((plain, *in_base64, *for_addresses)))

    @cached_property
    def _forms(self) -> re.Pattern[str]:
        """Every form of the key in somebody else's text; made when there is a text to clean."""
        if not self._is_long:
            return re.compile("|".join(map(re.escape, (self._basic(), self._secret.get_secret_value()))))
        secret = self._secret.get_secret_value().encode()
        forms = (self._basic().rstrip("="), *_in_base64(secret))
        encoded = "|".join("".join(map(_any_form, form)) for form in forms)
        plain = "".join(map(_any_form, self._secret.get_secret_value()))
        other = "|".join(map(re.escape, (secret.hex(), *_in_base64(self._basic().rstrip("=").encode()))))
        return re.compile(f"(?:{encoded})(?:=|%3d)*|{plain}|{other}", re.IGNORECASE)

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same key."""
        return isinstance(other, Key) and self._secret == other._secret

    def __hash__(self) -> int:
        """Return a hash that does not tell the key."""
        return hash(self._secret)

    def __repr__(self) -> str:
        """Return that there is a key, and not which."""
        return "Key('**********')"


def _in_base64(key: bytes) -> list[str]:
    """Return what base64 makes of a key wherever it begins in the encoded text, without what its neighbours change."""
    found = []
    for before, touched in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(key)) * 8 // 6
        found.append(base64.b64encode(bytes(before) + key).decode()[touched:whole])
    return found


def _drawn_together(text: str) -> str:
    """Return a text as one might read it, whatever stands between its letters and however they are drawn."""
    return "".join(without_invisible(unicodedata.normalize("NFKC", text)).lower().split())


_FOR_ADDRESSES: Final = str.maketrans("+/", "-_")
_ALIKE: Final = {"+": "[+-]", "/": "[/_]", "-": "[+-]", "_": "[/_]"}
"""Characters that base64 for addresses has in place of others."""


def _any_form(character: str) -> str:
    """Return a pattern of a character as it is, percent-encoded, or escaped as in JSON, Python or HTML."""
    code = ord(character)
    plain = _ALIKE.get(character, re.escape(character))
    escaped = rf"\\{{1,4}}(?:u00|x|U000000|u\{{){code:02x}\}}?"
    return rf"(?:{plain}|%(?:25)?{code:02x}|{escaped}|&#0{{0,6}}{code};?|&#x0{{0,6}}{code:x};?)"
