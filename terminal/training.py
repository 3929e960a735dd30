"""What a terminal in training does without: whatever would cost somebody real money (NUM-06).

Paper, scanner, scale and screens stay the real ones: they are what one practises on.  Payment
terminal, cash machine and drawer are simulated, so that nobody is charged and no till is opened.
"""

from __future__ import annotations

from dataclasses import replace

from terminal.config import Config

PREFIX = "00"
"""First digits of the numbers of practice receipts and coupons; no shop's own begin so."""
POI, CASH_MACHINE, DRAWER = "sim:poi", "sim:cash", "sim:drawer"


def practice(config: Config) -> Config:
    """Return the settings of a terminal in training."""
    devices = replace(
        config.devices,
        poi=POI,
        poi_protocol="simple",
        cash_machine=CASH_MACHINE if config.devices.cash_machine else "",
        drawer=DRAWER if config.devices.drawer else "",
        label_printer="",
        rfid="",
    )
    return replace(
        config,
        devices=devices,
        terminal=replace(config.terminal, receipt_prefix=PREFIX),
        receipt=replace(config.receipt, coupon_prefix=PREFIX),
        fiscal=replace(config.fiscal, head_folder="", extraction_folder=""),
    )
