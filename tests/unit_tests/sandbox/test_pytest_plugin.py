"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from tests.paths import ROOT

PLUGIN = "langchain_customerio.sandbox.pytest_plugin"
# By its module, whether or not the entry point is installed, and without plugins that have nothing to do with it.
ARGUMENTS = ("-p", "no:customerio_sandbox", "-p", PLUGIN, "-p", "no:cacheprovider", "-p", "no:asyncio")

pytestmark = pytest.mark.loopback


def test_code_under_test_talks_to_the_sandbox_in_this_process_and_in_another(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os, subprocess, sys
        from langchain_customerio import PipelinesClient, Track

        def send(event):
            with PipelinesClient() as client:
                client.send(Track(user_id="ada", event=event))

        def test_here(customerio_sandbox):
            send("Here")
            assert len(customerio_sandbox.calls("track", user_id="ada", event="Here")) == 1

        def test_there(customerio_sandbox):
            script = "from test_code_under_test_talks_to_the_sandbox_in_this_process_and_in_another import send"
            subprocess.run([sys.executable, "-c", script + "; send('There')"], check=True)
            customerio_sandbox.assert_called("track", event="There", times=1)
            customerio_sandbox.assert_called("track", event="Here", times=0)

        def test_afterwards():
            assert "CUSTOMERIO_BASE_URL" not in os.environ
            assert "CUSTOMERIO_API_KEY" not in os.environ
        """
    )
    pytester.runpytest_inprocess(*ARGUMENTS).assert_outcomes(passed=3)


def test_a_region_of_the_environment_does_not_get_in_the_way(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMERIO_REGION", "eu")
    pytester.makepyfile(
        """
        from langchain_customerio import PipelinesClient, Track

        def test_it(customerio_sandbox):
            with PipelinesClient() as client:
                client.send(Track(user_id="ada", event="Paid"), strict=True)
            customerio_sandbox.assert_called("track")
        """
    )
    pytester.runpytest_inprocess(*ARGUMENTS).assert_outcomes(passed=1)


def test_an_assertion_that_fails_shows_what_came_instead_and_not_our_own_code(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from langchain_customerio import PipelinesClient, Track

        def test_it(customerio_sandbox):
            with PipelinesClient() as client:
                client.send(Track(user_id="ada", event="Order Complete"))
            customerio_sandbox.assert_called("track", event="Order Completed")
        """
    )
    result = pytester.runpytest_inprocess(*ARGUMENTS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*AssertionError: expected at least 1 accepted track(event=*), found 0",
            "E*1 call has arrived. The nearest (- expected, + arrived):",
            '*- event: "Order Completed"',
            '*+ event: "Order Complete"',
        ]
    )
    result.stdout.no_fnmatch_line("*matching.py*")


def test_the_fixture_is_listed_with_its_description(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*ARGUMENTS, "--fixtures")
    result.stdout.fnmatch_lines(["customerio_sandbox*", "*Give an empty sandbox that listens on this machine*"])


def test_a_run_that_does_not_use_it_imports_nothing_for_it() -> None:
    script = f"import pytest, sys; before = set(sys.modules); import {PLUGIN}; print(*set(sys.modules) - before)"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    package = "langchain_customerio"
    assert set(answer.stdout.split()) == {package, f"{package}.sandbox", PLUGIN}


def test_pytest_finds_it_by_an_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"customerio_sandbox": PLUGIN}
