"""Terminals of the core alone, as the core's own tests have them."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from terminal.core.policy import Policy
from tests.core.conftest import Terminal


@pytest.fixture
def new_terminal() -> type[Terminal]:
    return Terminal


@pytest.fixture
def till() -> Terminal:
    """A till with a cashier signed on."""
    terminal = Terminal()
    terminal.sign_on()
    return terminal


@pytest.fixture
def kiosk() -> Terminal:
    return Terminal(Policy(role="kiosk"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine to its end, on a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
