"""How long a result is waited for: what the terminal's protocol may take, unless it is set."""

from __future__ import annotations

import asyncio

import pytest

from drivers.payment.simple.driver import SimplePaymentTerminal
from drivers.simulators import Bench
from terminal import config as configuration
from terminal.clock import ManualClock
from terminal.devices.hub import Hub
from terminal.poi_settings import POI_SCHEMES
from terminal.services.attempts import PaymentTimes
from tests.flows.power import copied
from tests.services.another_poi import paying_at
from tests.services.money import PRICE

WITHIN_S = {"simple": 120, "manual-poi": 120}
"""The others give up on a cardholder after up to 180 s (rule R4: and a margin)."""


@pytest.mark.parametrize("protocol", POI_SCHEMES)
def test_a_terminal_is_given_the_time_that_it_may_take(tmp_path, protocol):
    """Rule R4: asked sooner, a terminal would still be at work, and its answer be nobody's."""
    settings = {"devices.poi_protocol": protocol}
    config = configuration.with_settings(configuration.defaults(), settings)
    caps = Hub.build(config, tmp_path, ManualClock()).poi.driver.caps
    assert config.payment.answer_timeout_s == 0
    assert PaymentTimes().answer_of(caps.answer_s) == WITHIN_S.get(protocol, 200)


class Timed(SimplePaymentTerminal):
    """Remembers how long it was told to wait."""

    waited_s: float

    def payment(self, request, commit, on_progress, timeout_s):
        self.waited_s = timeout_s
        return super().payment(request, commit, on_progress, timeout_s)


@pytest.mark.parametrize(("set_s", "waited_s"), [(0, 120), (45, 45)])
def test_the_driver_is_told_the_protocols_time_or_the_shops(counter, tmp_path, set_s, waited_s):
    async def play() -> None:
        poi = Timed(Bench().poi.connect())
        async with paying_at(poi, copied(counter, tmp_path / "counter"), answer_s=set_s) as till:
            await till.ok("pay", tender="card", amount_minor=PRICE)
            assert poi.waited_s == waited_s

    asyncio.run(play())
