"""A stand-in for a chat model's API on loopback: pages may say `openai:…`, as their readers would, and still run.

It is no model. Asked something, it calls the identify tool once; told what the tool answered, it says so and stops.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL = "customerio_identify_person_and_assign_traits"
BODY = {"userId": "ada", "traits": {"email": "ada@example.com", "plan": "pro"}}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return what the model's API answers to a request for a chat completion."""
    last = request["messages"][-1]
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if last["role"] == "tool":
        message["content"] = f"The tool answered: {last['content']}"
    elif TOOL in {tool["function"]["name"] for tool in request.get("tools", [])}:
        arguments = json.dumps({"mode": "execute", "request_body": json.dumps(BODY)})
        function = {"name": TOOL, "arguments": arguments}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    else:
        message["content"] = "There is no tool for that."
    finish = "tool_calls" if "tool_calls" in message else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": request["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps(answer(request)).encode()
        self.send_response(200 if self.path == "/v1/chat/completions" else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def serve() -> Iterator[str]:
    """Serve on a free port of loopback, and yield the base URL up to `/v1`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()
