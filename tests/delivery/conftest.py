"""Terminals of the core alone, as the core's own tests have them."""

from __future__ import annotations

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
