"""``reprise restore``: a new data folder out of the second copy on a stick."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from terminal.services.restoring import Order, Restored, copy_in, restore


def run(options: argparse.Namespace) -> int:
    """Make the folder; an existing one is never touched, and half a one is never left."""
    order = Order(
        copy_in(options.source, options.copy),
        options.data,
        tuple(_pin(one) for one in options.pin),
        options.skip,
        options.keys,
        options.articles,
        options.until,
    )
    _tell(restore(order))
    return 0


def _pin(text: str) -> tuple[str, str]:
    number, _, pin = text.partition("=")  # without one the PIN is too short
    return number, pin


def _tell(done: Restored) -> None:
    at = datetime.fromtimestamp(done.at_ms // 1000, UTC).astimezone(ZoneInfo(done.timezone))
    print(f"{done.seq} records up to {at:%Y-%m-%d %H:%M:%S}: chain and signatures agree")
    if done.left_over:
        print(f"{done.left_over} bytes behind them were not finished when the stick was pulled")
    print(f"What was sold after {at:%H:%M:%S} is unknown: compare the payment terminal's totals")
    print(
        f"{done.skipped} numbers of every series were left out; the new till says so in its books"
    )
    print("Copied never: keys, PINs, mail passwords")
