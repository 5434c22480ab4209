"""The far end of the wire, where the sandbox shows too little: the requests as they came, keys and all."""

from __future__ import annotations

import base64
from typing import Any

import httpx

from langchain_customerio import PipelinesClient


class FarEnd:
    """Answers as the API does, and keeps the requests as they came."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json={})

    def client(self, *args: Any, **kwargs: Any) -> PipelinesClient:
        return PipelinesClient(*args, transport=self.transport, async_transport=self.transport, **kwargs)


def basic(key: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"
