"""What each provider's own LangChain package puts on the wire: a server on loopback takes a request and refuses it."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from langchain_anthropic import ChatAnthropic
from langchain_aws import ChatBedrockConverse
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_mistralai import ChatMistralAI
from langchain_openai import ChatOpenAI
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

KEY = "a-key-that-opens-nothing"


@dataclass(frozen=True)
class WireTool:
    """One tool as a provider's API is told of it, in one shape for all.

    Attributes:
        name: Its name.
        description: Its description.
        schema: The JSON Schema of its arguments, types in lower case.
        strict: Whether the provider is asked to hold the model to the schema.
    """

    name: str
    description: str
    schema: dict[str, Any]
    strict: bool


def _openai(base_url: str) -> BaseChatModel:
    return ChatOpenAI(model="gpt-test", api_key=KEY, base_url=base_url, max_retries=0)  # type: ignore[arg-type] # a string will do


def _responses(base_url: str) -> BaseChatModel:
    return ChatOpenAI(model="gpt-test", api_key=KEY, base_url=base_url, max_retries=0, use_responses_api=True)  # type: ignore[arg-type] # a string will do


def _anthropic(base_url: str) -> BaseChatModel:
    return ChatAnthropic(model="claude-test", api_key=KEY, base_url=base_url, max_retries=0)  # type: ignore[call-arg,arg-type] # aliases of its fields


def _gemini(base_url: str) -> BaseChatModel:
    return ChatGoogleGenerativeAI(model="gemini-test", api_key=KEY, base_url=base_url, max_retries=1)


def _mistral(base_url: str) -> BaseChatModel:
    return ChatMistralAI(model="mistral-test", api_key=KEY, endpoint=base_url, max_retries=1)  # type: ignore[call-arg,arg-type] # aliases of its fields


def _bedrock(base_url: str) -> BaseChatModel:
    return ChatBedrockConverse(
        model="anthropic.claude-test",
        region_name="us-east-1",
        aws_access_key_id=KEY,  # type: ignore[arg-type] # a string will do
        aws_secret_access_key=KEY,  # type: ignore[arg-type] # a string will do
        base_url=base_url,
    )


def _functions(request: dict[str, Any]) -> Iterator[WireTool]:
    for tool in request["tools"]:
        function = tool.get("function", tool)
        yield WireTool(function["name"], function["description"], function["parameters"], function.get("strict", False))


def _anthropic_tools(request: dict[str, Any]) -> Iterator[WireTool]:
    for tool in request["tools"]:
        yield WireTool(tool["name"], tool["description"], tool["input_schema"], tool.get("strict", False))


def _gemini_tools(request: dict[str, Any]) -> Iterator[WireTool]:
    for tool in request["tools"]:
        for found in tool["functionDeclarations"]:
            yield WireTool(found["name"], found["description"], _lower_types(found["parameters"]), strict=False)


def _bedrock_tools(request: dict[str, Any]) -> Iterator[WireTool]:
    for tool in request["toolConfig"]["tools"]:
        spec = tool["toolSpec"]
        yield WireTool(spec["name"], spec["description"], spec["inputSchema"]["json"], spec.get("strict", False))


def _lower_types(schema: dict[str, Any]) -> dict[str, Any]:
    """Write Gemini's names of types as JSON Schema does."""
    found = {**schema, "type": schema["type"].lower()}
    if "properties" in found:
        found["properties"] = {name: _lower_types(inner) for name, inner in found["properties"].items()}
    return found


_WAYS: dict[str, tuple[Callable[[str], BaseChatModel], Callable[[dict[str, Any]], Iterator[WireTool]]]] = {
    "OpenAI, chat": (_openai, _functions),
    "OpenAI, responses": (_responses, _functions),
    "Anthropic": (_anthropic, _anthropic_tools),
    "Gemini": (_gemini, _gemini_tools),
    "Mistral": (_mistral, _functions),
    "Bedrock, Converse": (_bedrock, _bedrock_tools),
}
"""How to make each provider's model, and where its requests hold the tools."""


def on_the_wire(provider: str, tools: Sequence[BaseTool], *, strict: bool) -> list[WireTool]:
    """Bind tools to a provider's model, ask it something, and return the tools as the request had them."""
    make, read = _WAYS[provider]
    with _recorder() as (base_url, requests):
        settings: dict[str, Any] = {"strict": True} if strict else {}
        bound = make(base_url).bind_tools(tools, **settings)
        with suppress(Exception):  # the recorder refuses every request, and each package has its own class for that
            bound.invoke("Ada signed up.")
    [request] = requests
    return list(read(request))


@contextmanager
def _recorder() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve on a free port of loopback; yield the address, and the list that the requests' bodies go to."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            answer = b'{"error": {"message": "refused"}}'
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", requests
        finally:
            server.shutdown()
            thread.join()
