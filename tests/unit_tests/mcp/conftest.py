"""Every test of the server is one for a client of 2025 and one for a client of 2026."""

from __future__ import annotations

import pytest

from tests.mcp_clients import ERAS, Era


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    """Run the test as clients of each era."""
    chosen: Era = request.param
    return chosen
