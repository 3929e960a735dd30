"""``reprise boot-slot``: what rauc asks about the slots (its "custom" bootloader backend).

rauc calls it with ``get-primary``, ``set-primary NAME``, ``get-state NAME``, ``set-state NAME
good|bad`` and ``get-current``, reads one word and minds the exit code (RAUC manual, "Custom
bootloader backend").
"""

from __future__ import annotations

import argparse
import sys

from terminal.appliance.boot_slot import BootSlotFault, BootSlots, bootcfg_writable

EXIT_FAULT = 1


def run(options: argparse.Namespace) -> int:
    """Answer one question or carry out one order; 1 and a sentence when it must not be."""
    slots = BootSlots(options.root, bootcfg_writable)
    try:
        answer = _answer(slots, options)
    except (BootSlotFault, OSError) as error:
        print(f"reprise: {error}", file=sys.stderr)
        return EXIT_FAULT
    if answer:
        print(answer)
    return 0


def _answer(slots: BootSlots, options: argparse.Namespace) -> str:
    match options.what:
        case "get-primary":
            return slots.primary()
        case "get-current":
            return slots.current()
        case "get-state":
            return "good" if slots.is_good(options.slot) else "bad"
        case "set-primary":
            slots.set_primary(options.slot)
        case "set-state":
            if options.state not in ("good", "bad"):
                raise BootSlotFault("a slot is good or bad")
            slots.set_state(options.slot, options.state == "good")
    return ""
