"""The fixture `customerio_sandbox` for tests of one's own code. pytest finds it once the package is installed.

It costs a run that does not use it nothing but the import of this file. Switch it off with `-p no:customerio_sandbox`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.sandbox import Sandbox


@pytest.fixture
def customerio_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Give an empty sandbox that listens on this machine, and point the environment at it.

    `CUSTOMERIO_BASE_URL` and `CUSTOMERIO_API_KEY` are set for the test, so that `PipelinesClient()` in the code under
    test, in this process or in one that it starts, talks to the sandbox. Needs the extra `sandbox`.

    ```python
    def test_an_order_is_tracked(customerio_sandbox):
        complete_order("ada", total=20)
        customerio_sandbox.assert_called("track", user_id="ada", event="Order Completed", properties={"total": 20})
    ```
    """
    from langchain_customerio.sandbox import Sandbox  # noqa: PLC0415 - only a test that asks for it pays for it

    sandbox = Sandbox()
    with sandbox.serve() as server:
        monkeypatch.setenv("CUSTOMERIO_BASE_URL", server.base_url)
        monkeypatch.setenv("CUSTOMERIO_API_KEY", sandbox.any_key)
        monkeypatch.delenv("CUSTOMERIO_REGION", raising=False)
        yield sandbox
