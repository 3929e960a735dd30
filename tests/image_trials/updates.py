"""Updates of the booted image: what must not take over does not, and cuts cost a step at most.

The power goes where the seed says: in the middle of an installation, while the version waits, and
on trial either in the first start of the new version or in the moment of taking it over.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terminal.appliance import places, update_record
from tests.image_trials.board import Board, TrialFailed
from tests.image_trials.bundles import GOOD, UNREADY, Bundles, Refused
from tests.image_trials.card import Card, boot_partition
from tests.image_trials.sale import (
    PROVISIONING,
    Till,
    first_start,
    healthy,
    sell,
    told,
    verified,
)

AT_ONCE = PROVISIONING + "\n[updates]\nwindow = ''\n"
"""The machine restarts in any quiet moment: a trial does not wait for the night."""
UNREADY_S = 120
"""Given to a version whose terminal never comes up, on the second machine of a trial."""
INSTALL_WRITES = 200
"""Writes into the other slot's system before which the power goes, at most."""
COMMIT_WRITES = 3
"""Into the FAT partition: it is marked as in use, written, marked as not."""
FIRST_START, TAKING_OVER = "in its first start", "while it is taken over"


class Story:
    """One card, its power-ons one after the other, and a table of what was seen."""

    def __init__(self, target: str, image: Path, folder: Path, seed: int) -> None:
        self._target, self._folder, self._seed = target, folder, seed
        self.dice = random.Random(f"updates {seed}")
        self.card = Card(image, folder / "card.img")
        self.card.put(places.PROVISIONING_FILE, AT_ONCE)
        self.receipt = ""
        self.rows: list[tuple[str, str]] = []
        self._starts = 0

    def power_on(
        self, *, tryboot: bool = False, gate_s: int | None = None, words: str = ""
    ) -> Board:
        """Do what the firmware does, with the flag or without."""
        self._starts += 1
        given = {} if gate_s is None else {"gate_s": gate_s}
        return Board(
            self._target,
            self.card,
            seed=self._seed * 100 + self._starts,
            out=self._folder / f"start-{self._starts}",
            tryboot=tryboot,
            words=words,
            **given,
        )

    def saw(self, what: str, came: str) -> None:
        """Tell a row, and keep the table as far as it goes."""
        told(f"{what}: {came}")
        self.rows.append((what, came))
        table = "".join(f"| {one} | {seen} |\n" for one, seen in self.rows)
        (self._folder / "updates.md").write_text(f"| tried | seen |\n|---|---|\n{table}")

    def expect(self, what: str, seen: object, wanted: object) -> None:
        """Tell a row, or end the trial. Raises TrialFailed."""
        if seen != wanted:
            raise TrialFailed(f"{what}: {seen}, not {wanted}")
        self.saw(what, str(seen))

    @property
    def ordinary_slot(self) -> str:
        """The slot of ordinary starts, as the card says it."""
        number = boot_partition(self.card.get("autoboot.txt").decode(), tryboot=False)
        return {2: "A", 3: "B"}[number]


def state(board: Board) -> Mapping[str, Any]:
    """Return what the service screen is told of the update."""
    asked = board.order(run=["cat", str(places.UPDATE_STATE)])
    return json.loads(asked["out"]) if asked["code"] == 0 else {}


def reached(board: Board, *steps: str) -> Mapping[str, Any]:
    """Wait for one of the steps, and for nothing else to be under way."""
    told_of = "|".join(steps)
    board.until(f'grep -Eq \'"step": "({told_of})"\' {places.UPDATE_STATE}')
    return state(board)


def looked(board: Board) -> None:
    """Wait until no look for a version goes on."""
    board.until("! systemctl list-jobs --no-legend | grep -q reprise-update.service")


def look_now(board: Board) -> None:
    """Make the look that a timer makes a quarter of an hour after a start, to its wish."""
    board.run("systemctl", "start", "--no-block", "reprise-update.service")
    board.until(f"test -e {places.WANT_RESTART}")


def window_off(board: Board) -> None:
    """Keep the terminal off: drawn by an emulated processor, it would leave nothing for an update.

    The updater is the least urgent of all units.
    """
    board.run("systemctl", "mask", "--runtime", "--now", "terminal.service")


def window_on(board: Board) -> None:
    """Start the terminal again."""
    board.run("systemctl", "unmask", "--runtime", "terminal.service")
    board.run("systemctl", "start", "--no-block", "terminal.service")


def sold(story: Story, board: Board) -> None:
    """Sell by the console."""
    till = Till(board)
    story.receipt = sell(till)
    till.close()
    told(f"sold {story.receipt}")


def books(story: Story, board: Board) -> None:
    """Find the sale, and the books in order. Raises TrialFailed."""
    said = verified(board)
    till = Till(board)
    till.find(story.receipt)
    till.close()
    story.saw("the sale and the books after it", said)


# --- what is refused ------------------------------------------------------------------------------


def refused(story: Story, board: Board, one: Refused) -> None:
    """Plug a stick in that must be refused, and pull it."""
    looked(board)
    before = state(board).get("at_ms", 0)
    name = board.plug(one.stick)
    board.until(
        f'grep -q \'"step": "refused"\' {places.UPDATE_STATE} && '
        f"! grep -q '\"at_ms\": {before},' {places.UPDATE_STATE}"
    )
    seen = state(board)
    story.expect(f"a stick: {one.name}", seen["code"], one.code)
    told(f"  {seen['detail']}")
    looked(board)
    board.pull(name)
    if board.order(run=["test", "-e", str(places.WANT_RESTART)])["code"] == 0:
        raise TrialFailed(f"{one.name} asks for a restart")


# --- what takes over ------------------------------------------------------------------------------


def cut_while_installed(story: Story, board: Board, stick: Path) -> None:
    """Plug the good one in, and let the power go while it is written."""
    board.cut_at_write(story.dice.randint(1, INSTALL_WRITES), "system_b")
    board.plug(stick)
    board.off()
    loss = board.cut()
    story.saw("power cut while it is installed", f"{loss.kept} of {loss.waiting} sectors kept")


def resumed(story: Story, stick: Path) -> None:
    """The old version starts with the stick still in it, and goes on until it waits; cut there."""
    with story.power_on() as board:
        board.plug(stick)
        board.wait_for_agent()
        story.expect("the slot after the cut", board.started.slot, "A")
        window_off(board)
        seen = reached(board, update_record.WAITING, update_record.REFUSED)
        story.expect("without a person", seen["step"], update_record.WAITING)
        loss = board.cut()
    story.saw("power cut while it waits", f"{loss.kept} of {loss.waiting} sectors kept")


def asks_for_a_try(story: Story, slot: str, tries: int) -> None:
    """The old version starts, finds what waits, and restarts in a quiet moment."""
    with story.power_on() as board:
        board.wait_for_agent()
        window_off(board)
        story.expect("an ordinary start", board.started.slot, slot)
        story.expect("tries until now", reached(board, update_record.WAITING)["tries"], tries)
        books(story, board)
        look_now(board)
        window_on(board)
        story.expect("it restarts with the flag", board.restarted(), wanted=True)


def cut_on_trial(story: Story, moment: str) -> None:
    """The new version starts on trial, and the power goes."""
    with story.power_on(tryboot=True) as board:
        board.wait_for_agent()
        story.expect("the slot on trial", board.started.slot, "B")
        if moment == FIRST_START:
            board.cut()
        else:
            board.cut_at_write(story.dice.randint(1, COMMIT_WRITES), "bootcfg")
            board.off()
            board.cut()
    story.saw(f"power cut {moment}", f"ordinary starts are {story.ordinary_slot}'s")


def confirmed(story: Story) -> None:
    """The new version starts on trial, is healthy and taken over."""
    with story.power_on(tryboot=True) as board:
        board.wait_for_agent()
        story.expect("the slot on trial", board.started.slot, "B")
        healthy(board)
        seen = reached(board, update_record.CONFIRMED)
        story.expect("taken over", seen["version"], GOOD)
        books(story, board)
        board.cut()
    story.expect("ordinary starts after it", story.ordinary_slot, "B")


def settled(story: Story) -> None:
    """Taken over in the moment of the cut: the next start says so."""
    with story.power_on() as board:
        board.wait_for_agent()
        story.expect("an ordinary start", board.started.slot, "B")
        story.expect("said at the start", reached(board, "confirmed")["version"], GOOD)
        healthy(board)
        books(story, board)
        board.cut()


# --- what is not healthy --------------------------------------------------------------------------


def unhealthy(story: Story, stick: Path, sells: str = "B") -> None:
    """A version whose terminal never comes up: tried twice, then refused, and the shop sells on.

    ``sells`` is the slot that the shop sells from.
    """
    other = {"A": "B", "B": "A"}[sells]
    for tries in (0, 1):
        with story.power_on() as board:
            board.wait_for_agent()
            story.expect("the slot that sells", board.started.slot, sells)
            window_off(board)
            name = board.plug(stick) if not tries else ""
            reached(board, update_record.WAITING)
            if name:
                board.pull(name)
            look_now(board)
            window_on(board)
            story.expect("tries until now", state(board)["tries"], tries)
            story.expect("it restarts with the flag", board.restarted(), wanted=True)
        with story.power_on(tryboot=True, gate_s=UNREADY_S) as board:
            board.wait_for_agent()
            story.expect("the slot on trial", board.started.slot, other)
            story.expect("it gives up without the flag", board.restarted(), wanted=False)
    with story.power_on() as board:
        board.wait_for_agent()
        story.expect("the slot after two tries", board.started.slot, sells)
        seen = reached(board, update_record.REFUSED)
        story.expect(f"version {UNREADY}", seen["code"], "unhealthy")
        healthy(board)
        books(story, board)
        board.cut()


def trial(architecture: str, image: Path, folder: Path, seed: int) -> None:
    """Go the whole way, with cuts. Raises TrialFailed."""
    bundles = Bundles(architecture, image.parent, folder / "bundles", seed)
    sticks, good, unready = bundles.refused(), bundles.good(), bundles.unready()
    story = Story(architecture, image, folder, seed)
    with story.power_on() as board:
        first_start(board)
        healthy(board)
        sold(story, board)
        window_off(board)
        for one in sticks:
            refused(story, board, one)
        cut_while_installed(story, board, good)
    resumed(story, good)
    asks_for_a_try(story, "A", 0)
    cut_on_trial(story, story.dice.choice((FIRST_START, TAKING_OVER)))
    if story.ordinary_slot == "A":
        asks_for_a_try(story, "A", 1)
        confirmed(story)
    else:
        settled(story)
    unhealthy(story, unready)
    story.card.path.unlink()
