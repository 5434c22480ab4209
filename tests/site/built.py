"""Checks a built site beyond what strict mode checks: `python -m tests.site.built FOLDER`.

Only the standard library is used, so that it runs in the environment of the generator.
"""

from __future__ import annotations

import re
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urldefrag, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADED: Final = {
    ("script", "src"),
    ("img", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("iframe", "src"),
    ("object", "data"),
}
"""What a browser fetches by itself."""
_LOADED_LINKS: Final = frozenset({"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch"})
_STYLE_URL: Final = re.compile(r"url\(\s*[\"']?([^)\"']+)")
_DESCRIPTION: Final = re.compile(r'<meta name="description" content="([^"]*)"')
_LISTED: Final = re.compile(r"^- \[[^\]]+\]\(<(?P<url>[^>]+)>\)$", re.MULTILINE)
_UNRENDERED: Final = re.compile(r"--8<--|:::\s*langchain_customerio|\[[\w. ]+\]\[langchain_customerio")


class _Page(HTMLParser):
    """Collects what a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.without_words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.loaded += [given[name] for name in given if (tag, name) in _LOADED]
        if tag == "link" and _LOADED_LINKS & set(given.get("rel", "").split()):
            self.loaded.append(given.get("href", ""))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img" and not given.get("alt"):
            self.without_words.append(given.get("src", ""))


def describe(site: Path) -> None:
    """Put the description of each page behind its name in llms.txt."""
    index = site / "llms.txt"
    found = {path.relative_to(site).with_suffix(".md").as_posix(): path for path in site.rglob("index.html")}

    def described(line: re.Match[str]) -> str:
        text = _DESCRIPTION.search(found[line["url"].removeprefix(home)].read_text(encoding="utf-8"))
        return f"{line[0]}: {unescape(text[1])}" if text else line[0]

    listed = index.read_text(encoding="utf-8")
    home = min((line["url"] for line in _LISTED.finditer(listed)), key=len, default="").removesuffix("index.md")
    index.write_text(_LISTED.sub(described, listed), encoding="utf-8")


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong with a site."""
    pages = sorted(path for path in site.rglob("index.html"))
    index = (site / "llms.txt").read_text(encoding="utf-8") if (site / "llms.txt").exists() else ""
    if not index:
        yield "llms.txt is missing"
    for path in pages:
        name = path.relative_to(site).as_posix()
        yield from (f"{name}: {fault}" for fault in _faults_of_page(site, path))
        written = path.with_suffix(".md")
        if not written.exists():
            yield f"{name}: no Markdown beside it"
        elif f"/{written.relative_to(site).as_posix()}>)" not in index:
            yield f"{name}: not in llms.txt"
    for path in sorted(site.rglob("*.css")):
        foreign = [url for url in _STYLE_URL.findall(path.read_text(encoding="utf-8")) if urlsplit(url).netloc]
        yield from (f"{path.relative_to(site).as_posix()}: loads {url}" for url in foreign)


def _faults_of_page(site: Path, path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    yield from (f"loads {url} from elsewhere" for url in page.loaded if urlsplit(url).netloc)
    yield from (f"shows {url} without words for those who do not see it" for url in page.without_words)
    if left := _UNRENDERED.search(text):
        yield f"shows {left[0]!r} as it is written"
    for url in (*page.loaded, *page.links):
        place = unquote(urldefrag(url).url)
        if place and not urlsplit(url).scheme and not urlsplit(url).netloc and not _exists(site, path, place):
            yield f"leads to {url}, which is not there"


def _exists(site: Path, path: Path, place: str) -> bool:
    target = site / place.lstrip("/") if place.startswith("/") else path.parent / place
    return target.is_file() or (target / "index.html").is_file()


def main() -> int:
    """Print the faults of a site, and return the exit status."""
    site = Path(sys.argv[1])
    describe(site)
    found = list(faults(site))
    for fault in found:
        print(fault, file=sys.stderr)  # noqa: T201 - what this program is for
    pages = len(list(site.rglob("index.html")))
    print(f"{site}: {pages} pages, {len(found)} faults")  # noqa: T201 - the same
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
