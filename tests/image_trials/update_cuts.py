"""Updates cut off at every step, many times over, and a sale between one cut and the next.

The window is left out (an emulated processor has nothing left beside it); everything else is the
machine's own: the stick is found by udev, rauc writes, the new program rehearses.  What a restart
into a new version does when the power goes is the matter of ``updates``.
"""

from __future__ import annotations

import json
from pathlib import Path

from terminal.appliance import places, update_record
from terminal.appliance.boot_slot import SLOT_STATE
from tests.image_trials.board import Board, TrialFailed
from tests.image_trials.bundles import Bundles
from tests.image_trials.sale import Till, first_start, healthy, sell, told, verified
from tests.image_trials.updates import Story, looked, reached, state, window_off

CUTS = 10
NO_WINDOW = "systemd.mask=terminal.service"
WAITS = "while it waits"
MOMENTS: dict[str, tuple[str, int]] = {
    "while its system is written": ("system_b", 300),
    "while its boot files are written": ("boot_b", 40),
    "while it is remembered and rehearsed": ("data", 300),
    WAITS: ("", 0),
}
"""Where writes are counted, and the most that are; an update that is ready before is cut there."""
RECORD = places.UPDATE_DATA / update_record.FILE_NAME


class Lives:
    """One card from cut to cut."""

    def __init__(self, story: Story, stick: Path) -> None:
        self._story, self._stick = story, stick
        self._receipts: list[str] = []

    def sold(self, board: Board) -> None:
        """Find every sale of before and the books in order, and sell. Raises TrialFailed."""
        said = verified(board)
        till = Till(board)
        till.find(*self._receipts)
        self._receipts.append(sell(till))
        till.close()
        told(f"  {said}; {len(self._receipts)} receipts")

    def cut_off(self, board: Board) -> None:
        """Plug the version in, and let the power go at a moment of its way."""
        moment = self._story.dice.choice(tuple(MOMENTS))
        label, most = MOMENTS[moment]
        looked(board)
        before = state(board).get("step", update_record.IDLE)
        if before == update_record.WAITING:
            # Ready before: it begins anew, as if it had never been there.
            board.run("rm", "-f", str(RECORD), str(SLOT_STATE), str(places.UPDATE_STATE))
        write = self._story.dice.randint(1, most) if most else 0
        if write:
            board.cut_at_write(write, label)
        board.plug(self._stick)
        came = moment if self._gone(board) else WAITS
        loss = board.cut()
        self._story.saw(
            f"cut {moment}" + (f", write {write}" if write else ""),
            f"{came}; before: {before}; {loss.kept} of {loss.waiting} sectors kept",
        )

    @staticmethod
    def _gone(board: Board) -> bool:
        """Tell whether the power went before the version was ready. Raises TrialFailed."""
        try:
            seen = reached(board, update_record.WAITING, update_record.REFUSED)
        except TrialFailed:
            if not board.disk.dead:
                raise
            return True
        if seen["step"] != update_record.WAITING:
            raise TrialFailed(f"refused: {json.dumps(seen)}")
        return False


def trial(architecture: str, image: Path, folder: Path, seed: int) -> None:
    """Go from cut to cut, and once to the end. Raises TrialFailed."""
    good = Bundles(architecture, image.parent, folder / "bundles", seed).good()
    story = Story(architecture, image, folder, seed)
    lives = Lives(story, good)
    with story.power_on() as board:
        first_start(board)
        healthy(board)
        lives.sold(board)
        window_off(board)
        lives.cut_off(board)
    for _ in range(CUTS - 1):
        with story.power_on(words=NO_WINDOW) as board:
            board.wait_for_agent()
            story.expect("the slot after the cut", board.started.slot, "A")
            lives.sold(board)
            lives.cut_off(board)
    with story.power_on(words=NO_WINDOW) as board:
        board.wait_for_agent()
        lives.sold(board)
        board.plug(good)
        reached(board, update_record.WAITING)
        story.saw("after the last cut", "the version is ready")
    story.card.path.unlink()
