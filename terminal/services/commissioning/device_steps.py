"""The steps of the other devices: screen, scanner, scales, display, lights, label, machine."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import tempfile
from pathlib import Path
from typing import Any

from drivers.errors import DriverError
from drivers.label.base import DOTS_PER_MM, Label, Printed, Rule, Text
from drivers.lights.base import Buzz, Lamp, LampPattern
from drivers.rfid.base import Tag
from drivers.scale.base import Scale, Weighing
from drivers.timekeeping.base import judge
from terminal.appliance.identity import connected
from terminal.core.errors import Refused
from terminal.devices.display import SHOW_S
from terminal.devices.host import DeviceHost
from terminal.devices.media import Machine, Medium, copy_to
from terminal.services.commissioning.paper_steps import Values
from terminal.services.commissioning.steps import WEIGHTS_G
from terminal.services.commissioning.trial import DEVICE_S, LOOK_S, Failed, Means, Trial
from terminal.services.labels import print_label

LETTERS = "QWAZYM"
"""Keys that lie elsewhere on a French or German keyboard: a wrong layout types others."""
TOLERANCE_G = 10
"""Two steps of a scale of 15 kg (5 g each, EN 45501): more is a wrong unit or a wrong weight."""
ANSWER_S = 1.0
PRICE_MINOR = 100
"""Of a kilogram, for a scale that weighs only what has a price."""
PROBE_BYTES = 65_536
RFID_S = 2.0
LABEL_MM = (50, 30)
"""Of the test label: no wider than any label in a shop."""
ALL_ON = LampPattern(Lamp.ON, Lamp.ON, Lamp.ON)


async def screen(trial: Trial, _: Means) -> Values:
    """Every corner of the screen feels a finger."""
    trial.await_corners()
    await trial.until(lambda: len(trial.stage.corners or ()) == 4, "corners_missed")
    return {}


async def scanner(trial: Trial, means: Means) -> Values:
    """The scanner says what stands in a code made for this test; nothing is timed."""
    await trial.answering(means.hub.scanner)
    code = f"{LETTERS}{secrets.randbelow(90_000) + 10_000}"
    trial.say("scan", code=code)
    await trial.until(lambda: trial.heard is not None, "nothing_scanned")
    scan = trial.heard
    if scan is None or scan.code != code:
        said = "" if scan is None else scan.code
        layout = len(said) == len(code)
        raise Failed("other_layout" if layout else "other_code", said=_shown(said))
    return {"aim": scan.aim} if scan.aim else {}


def _shown(text: str) -> str:
    """Return what a stranger's code says, short and printable."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:24]).replace("[", "(")


async def scale(trial: Trial, means: Means) -> Values:
    """The scale is set to zero and shows what a person puts on it."""
    return await _weigh(trial, means.hub.scale)


async def bagging_scale(trial: Trial, means: Means) -> Values:
    """The scale under the bags shows what a person puts on it."""
    return await _weigh(trial, means.hub.bagging_scale)


async def _weigh(trial: Trial, host: DeviceHost[Scale] | None) -> Values:
    wanted = trial.grams or WEIGHTS_G[2]
    await trial.answering(host)
    if host is None:
        raise Failed("not_set_up")
    if host.driver.can_zero:
        trial.say("zeroing")
        try:
            await host.call(lambda driver: driver.zero(ANSWER_S))
        except DriverError as error:
            raise Failed("scale_not_zero") from error
    trial.say("put_weight", weight_g=wanted)
    grams = await _stable(trial, host)
    if abs(grams - wanted) > TOLERANCE_G:
        raise Failed("weight_differs", shown_weight_g=grams, weight_g=wanted)
    return {"weight_g": grams}


async def _stable(trial: Trial, host: DeviceHost[Scale]) -> int:
    """Wait for a weight that stays for two looks, and return it in grams."""
    price = PRICE_MINOR if host.driver.computes_price else None
    found: list[int] = []
    before: int | None = None

    def weighed(driver: Scale) -> Weighing:
        return driver.weigh(price, 0, ANSWER_S)

    async def look() -> None:
        nonlocal before
        while not found:
            try:
                answer = await host.call(weighed)
                grams = None if answer.kg is None else int(answer.kg * 1000)
            except DriverError:
                grams = None  # it moves, or is away: the deadline is the person's
            trial.weighs(grams)
            if grams is not None and grams == before:
                found.append(grams)
            before = grams
            await asyncio.sleep(LOOK_S)

    looking = asyncio.ensure_future(look())
    try:
        await trial.until(lambda: found or looking.done(), "nothing_weighed")
    finally:
        looking.cancel()
        await asyncio.wait({looking})
    return found[0]


async def customer_display(trial: Trial, means: Means) -> Values:
    """Two lines stand on the display; a person reads them."""
    host = means.hub.display
    await trial.answering(host)
    rows = means.rows()
    await _told(host, lambda driver: driver.show(rows, SHOW_S))
    await trial.ask("display", "display_unread", upper=rows[0].strip(), lower=rows[1].strip())
    return {}


async def lights(trial: Trial, means: Means) -> Values:
    """Three lamps and the buzzer; a person sees and hears them."""
    host = means.hub.lights
    await trial.answering(host)
    await _told(host, lambda tower: tower.show(ALL_ON))
    await _told(host, lambda tower: tower.buzz(Buzz.ERROR))
    await trial.ask("lights", "lights_dark")
    return {}


async def _told(host: DeviceHost[Any] | None, work: Any) -> Any:
    """Have a device do something. Raises Failed."""
    if host is None:
        raise Failed("not_set_up")
    try:
        return await host.call(work)
    except DriverError as error:
        raise Failed("no_answer") from error


async def label(trial: Trial, means: Means) -> Values:
    """A label of lines and letters is printed; a person reads it."""
    trial.say("printing")
    await trial.answering(means.hub.label)
    printed = await print_label(means.hub.label, edges_label(), 1)
    if isinstance(printed, Refused):
        raise Failed("no_answer")
    if printed is Printed.WAITING:
        raise Failed("not_printed", why="")
    await trial.ask("label", "unreadable")
    return {}


def edges_label() -> Label:
    """Return a label that shows its edges: a rule along each and a word in the middle."""
    width, height, edge = LABEL_MM[0] * DOTS_PER_MM, LABEL_MM[1] * DOTS_PER_MM, DOTS_PER_MM
    bar = height - 2 * edge
    return Label(
        width,
        height,
        (
            Rule(edge, edge, width - 2 * edge, 2),
            Rule(edge, height - edge, width - 2 * edge, 2),
            Rule(edge, edge, 2, bar),
            Rule(width - edge, edge, 2, bar),
            Text(3 * edge, height // 2 - 16, 32, "REPRISE"),
        ),
    )


async def rfid(trial: Trial, means: Means) -> Values:
    """A tag is put into the field and read."""
    host = means.hub.rfid
    await trial.answering(host)
    trial.say("put_tag")
    tags: list[tuple[Tag, ...]] = []
    while not (tags and tags[-1]):
        if len(tags) * RFID_S > DEVICE_S:
            raise Failed("no_tag")
        tags.append(await _told(host, lambda reader: reader.inventory(RFID_S, DEVICE_S)))
    return {"count": len(tags[-1])}


async def power(trial: Trial, means: Means) -> Values:
    """The monitor tells that the mains are there."""
    trial.say("asking")
    await trial.answering(means.hub.power)
    if means.session.state.power_failed_at_ms:
        raise Failed("no_mains")
    return {}


async def clock(trial: Trial, means: Means) -> Values:
    """What the system knows of its clock; a person compares it with a watch."""
    now_ms = means.now_ms()
    evidence = await asyncio.get_running_loop().run_in_executor(None, means.hub.evident, now_ms)
    judged = judge(evidence, now_ms)
    await trial.ask("clock", "clock_wrong", now_ms=means.now_ms())
    return {"trust": judged.level.value, "source": judged.source}


async def network(trial: Trial, _: Means) -> Values:
    """An interface has a carrier."""
    trial.say("asking")
    up = await asyncio.get_running_loop().run_in_executor(None, connected)
    if not up:
        raise Failed("no_network")
    return {"interface": " ".join(up)[:60]}


async def second_copy(trial: Trial, _: Means) -> Values:
    """A stick takes a file and gives it back."""
    loop = asyncio.get_running_loop()
    trial.say("plug_stick")
    found: list[Medium] = list(await loop.run_in_executor(None, Machine().media))
    if not found:
        raise Failed("no_stick")
    try:
        await loop.run_in_executor(None, write_and_read, found[0])
    except OSError as error:
        raise Failed("stick_fails", why=(error.strerror or str(error))[:60]) from error
    return {"medium": found[0].label}


def write_and_read(medium: Medium) -> None:
    """Write a file to a medium, read it back, take it away again. Raises OSError."""
    content = secrets.token_bytes(PROBE_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "reprise-probe.bin"
        source.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        copy_to(medium, source, sha256, lambda _: None).unlink()
