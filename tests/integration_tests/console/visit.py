"""What the tests of the console do in a browser."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

TIMEOUT_MS = 20_000
"""How long to wait for something to appear: long enough for a machine that is busy."""


class Visit:
    """Pages of a browser, and what went wrong on them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.problems: list[str] = []
        self.requests: set[str] = set()
        self._browser = browser

    @contextmanager
    def page(self, path: str = "", **options: Any) -> Iterator[Page]:
        """Open a page of its own; see `browser.new_context` for the options."""
        settings: dict[str, Any] = {"viewport": {"width": 1360, "height": 860}, "reduced_motion": "reduce"}
        context = self._browser.new_context(**settings | options)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", lambda dialog: self.problems.append(f"a dialog: {dialog.message}"))
        page.on("request", lambda request: self.requests.add(request.url))
        page.goto(f"{self.url}/{path}")
        yield page
        context.close()

    def _note(self, kind: str, text: str) -> None:
        # A connection that is gone is what some tests are about.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.problems.append(text)


def rows(page: Page) -> Locator:
    """Return the rows of the list of calls that are elements."""
    return page.locator(".call-space .call-row")


def texts(page: Page, column: str) -> list[str]:
    """Return a column of these rows, the newest first."""
    found = [(int(row.get_attribute("aria-rowindex") or 0), row.locator(column)) for row in rows(page).all()]
    return [cell.inner_text() for _, cell in sorted(found, key=lambda each: each[0])]
