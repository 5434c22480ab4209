"""Sync connections: nothing begins once the deadline has passed, and what is closed wakes who reads."""

from __future__ import annotations

import threading
from typing import Any

import httpcore
import httpx
import pytest

from langchain_customerio.client.network import tls
from langchain_customerio.client.retries import Deadline
from langchain_customerio.client.sockets import SyncTransport, _Backend, _Stream, ending_at
from langchain_customerio.sandbox import Sandbox


class Untouched(httpcore.NetworkStream):
    """A stream that nobody may use any more."""

    def get_extra_info(self, info: str) -> Any:
        raise AssertionError(info)


def test_no_step_begins_once_the_deadline_has_passed() -> None:
    stream = _Stream(Untouched())
    with ending_at(Deadline(0)):
        for late, step in (
            (httpcore.ReadTimeout, lambda: stream.read(1)),
            (httpcore.WriteTimeout, lambda: stream.write(b"x")),
            (httpcore.ConnectTimeout, lambda: stream.start_tls(tls())),
            (httpcore.ConnectTimeout, lambda: _Backend().connect_tcp("nobody.invalid", 443)),
        ):
            with pytest.raises(late, match="the deadline has passed"):
                step()


@pytest.mark.loopback
def test_closing_wakes_a_thread_that_waits_for_an_answer() -> None:
    sandbox = Sandbox()
    sandbox.fail(timeout="before", times=None)
    transport = SyncTransport(tls(), None)
    failed: list[BaseException] = []

    def send(base_url: str) -> None:
        request = httpx.Request("POST", f"{base_url}/identify", json={}, extensions={"timeout": {"read": 60.0}})
        try:
            with ending_at(Deadline(60)):
                transport.handle_request(request)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
            failed.append(error)

    with sandbox.serve() as server:
        thread = threading.Thread(target=send, args=(server.base_url,))
        thread.start()
        while not sandbox.ledger:
            pass
        transport.close()
        thread.join()
    assert len(failed) == 1


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "http", "https"])
def test_a_proxy_of_each_kind_is_a_pool_of_its_own(scheme: str) -> None:
    if "socks" in scheme:
        pytest.importorskip("socksio")
    transport = SyncTransport(tls(), httpx.Proxy(f"{scheme}://user:pass@proxy.example:1080"))
    assert type(transport._pool).__name__ == ("SOCKSProxy" if "socks" in scheme else "HTTPProxy")
    transport.close()
