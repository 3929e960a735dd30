"""Reading the scale: while somebody looks at it, and once more at the moment of selling.

Nothing of a sale waits here but the weighing itself, and no longer than its deadlines.  What was
shown when it was confirmed is what is sold: another weight, or the same load a second time, is
refused in words.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers.base import Health
from drivers.errors import DeviceFault, DriverError, TransportError
from drivers.scale.base import STALE_S, Scale, ScaleState
from drivers.scale.base import Weighing as Answer
from drivers.scale.readings import whole_grams
from terminal.core import weighing
from terminal.core.errors import Refused
from terminal.core.items import Article
from terminal.core.numbering import is_digits
from terminal.core.weighing import SCALE, Weighed
from terminal.devices.host import DeviceHost
from terminal.services.scale_reading import STABLE, ScaleReading

log = logging.getLogger(__name__)

LOOK_S = 0.2
"""Between two looks while somebody watches: a hand sees no delay, a line has time to rest."""
ANSWER_S = 0.5
"""For one answer of the scale."""
TAKE_S = 1.5
"""For the answer that is sold by, queueing behind a look included."""
REST_S = 3.0
"""How long a console waits for a load to come to rest."""

REFUSALS: Mapping[ScaleState, str] = MappingProxyType(
    {
        ScaleState.UNSTABLE: "scale_moving",
        ScaleState.ZERO: "scale_empty",
        ScaleState.UNDER_MINIMUM: "scale_empty",
        ScaleState.OVERWEIGHT: "scale_overloaded",
        ScaleState.UNDER_ZERO: "scale_under_zero",
        ScaleState.SAME_WEIGHT: "scale_same_load",
        ScaleState.NOT_READY: "scale_not_ready",
        ScaleState.FAULT: "scale_failed",
        ScaleState.STABLE: "scale_not_ready",
    }
)
"""What a scale without a weight means; STABLE only when the answer came too late."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A weight that may be sold by."""

    weight_g: int
    weighed: Weighed
    sequence: int


class Weighing:
    """The scale of this terminal, or that there is none."""

    def __init__(
        self,
        host: DeviceHost[Scale] | None,
        on_change: Callable[[], None],
        *,
        scale_computes: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._on_change = on_change
        self._scale_computes = scale_computes
        self._now = monotonic
        self._article: Article | None = None
        self._watched = asyncio.Event()
        self._seen = ScaleReading()
        self._seen_at = 0.0
        self._sold = 0
        self._told = ""

    @property
    def reading(self) -> ScaleReading | None:
        """What is seen of the scale; None when there is no scale."""
        host = self._host
        if host is None:
            return None
        if host.status.health in (Health.ABSENT, Health.STARTING):
            return ScaleReading()
        if self._article is None or self._now() - self._seen_at > STALE_S:
            return ScaleReading(ScaleState.NOT_READY, can_zero=host.driver.can_zero)
        return self._seen

    def watch(self, article: Article | None) -> None:
        """Look at the scale from now on, pricing this article; None ends it."""
        self._article = article
        self._seen_at = 0.0
        if article is None or self._host is None:
            self._watched.clear()
        else:
            self._watched.set()

    async def keep_reading(self) -> None:
        """Look while somebody watches, for ever."""
        while True:
            await self._watched.wait()
            await self._look()
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        article, host = self._article, self._host
        if article is None or host is None or host.status.health is Health.ABSENT:
            return
        before = self.reading
        try:
            seen = self._shown(article, await self._ask(host, article))
        except (DriverError, TimeoutError) as error:
            self._tell(error)
            state = ScaleState.FAULT if isinstance(error, DeviceFault) else ScaleState.NOT_READY
            seen = ScaleReading(state, article.code, can_zero=host.driver.can_zero)
        if article is self._article:
            self._seen, self._seen_at = seen, self._now()
        if self.reading != before:
            self._on_change()

    def _tell(self, error: Exception) -> None:
        """Log what is wrong once, as long as it is the same: somebody has to mend it."""
        level = logging.WARNING if isinstance(error, DeviceFault) else logging.DEBUG
        if str(error) != self._told:
            log.log(level, "scale: %s", error)
        self._told = str(error)

    def _shown(self, article: Article, answer: Answer) -> ScaleReading:
        host, tare = self._host, answer.tare_g
        zero = host is not None and host.driver.can_zero
        if answer.kg is None:
            return ScaleReading(answer.state, article.code, tare_g=tare, can_zero=zero)
        if answer.sequence == self._sold:
            return ScaleReading(ScaleState.SAME_WEIGHT, article.code, can_zero=zero)
        grams, price = whole_grams(answer.kg), answer.price_minor
        if price is None and not self._scale_computes:
            price = weighing.price_minor(article.price_minor, grams)
        return ScaleReading(STABLE, article.code, grams, price, tare, can_zero=zero)

    async def take(self, article: Article, shown_g: int | None) -> Taken | Refused:
        """Return the stable weight that lies on the scale now.

        Without ``shown_g`` nobody watches: a load that moves is given REST_S to come to rest.
        """
        host = self._host
        if host is None:
            return Refused("no_scale")
        if host.status.health in (Health.ABSENT, Health.STARTING):
            return Refused("scale_absent")
        try:
            answer = await self._at_rest(host, article, patient=shown_g is None)
        except (TransportError, TimeoutError) as error:
            log.info("scale: %s", error)
            return Refused("scale_absent")
        except DriverError as error:
            log.warning("scale: %s", error)
            return Refused("scale_failed")
        return self._taken(answer, shown_g)

    async def _at_rest(self, host: DeviceHost[Scale], article: Article, *, patient: bool) -> Answer:
        until = self._now() + REST_S
        while True:
            answer = await self._ask(host, article)
            if answer.state is not ScaleState.UNSTABLE or not patient or self._now() >= until:
                return answer
            await asyncio.sleep(LOOK_S)

    def _taken(self, answer: Answer, shown_g: int | None) -> Taken | Refused:
        kg = answer.value(self._now())
        if kg is None:
            return Refused(REFUSALS[answer.state])
        if answer.sequence == self._sold:
            return Refused("scale_same_load")
        grams = whole_grams(kg)
        if shown_g is not None and grams != shown_g:
            return Refused("scale_changed", {"weight_g": grams})
        if self._scale_computes and answer.price_minor is None:
            return Refused("scale_price_missing")
        weighed = Weighed(SCALE, answer.tare_g, answer.price_minor, answer.answer)
        return Taken(grams, weighed, answer.sequence)

    def sold(self, taken: Taken) -> None:
        """Remember that this load is sold: it has to leave the scale before another is."""
        self._sold = taken.sequence

    async def zero(self) -> Refused | None:
        """Set the empty scale to zero."""
        host = self._host
        if host is None:
            return Refused("no_scale")
        try:
            await asyncio.wait_for(host.call(lambda scale: scale.zero(ANSWER_S)), TAKE_S)
        except (TransportError, TimeoutError):
            return Refused("scale_absent")
        except DriverError as error:
            log.info("scale: %s", error)
            return Refused("scale_not_zeroed")
        return None

    async def _ask(self, host: DeviceHost[Scale], article: Article) -> Answer:
        price, tare_g = article.price_minor, tare_of(article)
        asking = host.call(lambda scale: scale.weigh(price, tare_g, ANSWER_S))
        return await asyncio.wait_for(asking, TAKE_S)


def tare_of(article: Article) -> int:
    """Return the tare that the catalogue gives an article (attribute ``tare``, grams)."""
    text = article.attribute("tare")
    return int(text) if is_digits(text) and len(text) <= 4 else 0
