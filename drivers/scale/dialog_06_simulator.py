"""A scale made of software that speaks Dialog 06, computes prices and wants checksums."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from drivers.scale import dialog_06_protocol as dialog
from drivers.scale.simulator import ScaleSimulator

SIM_POLYNOMIAL = 0x8005
"""The simulated maker's secret; a real one is in no program."""
WEIGHINGS_BETWEEN_CHALLENGES = 50
_PRICE = re.compile(
    rb"\x020(?P<name>[1345])\x1b(?P<price>\d{5,6})\x1b(?P<rest>[\x1b -~]{0,18})\x03"
)
_CHECKSUMS = re.compile(rb"\x0210\x1b(?P<word>[0-9A-F]{4})(?P<correction>[0-9A-F]{4})\x03")


class Dialog06Simulator(ScaleSimulator):
    """Speaks Dialog 06; wants checksums at power-on, after an error, and every 50 weighings."""

    protocol = "dialog-06"

    def __init__(self, seed: int = 0, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(seed, monotonic)
        self._price_minor: int | None = None
        self._asked_tare_g = 0
        self._code = "00"
        self._weighed = -1
        """Count of the platter's changes when its load was last given out."""
        self._until_challenge = 0
        self._random: int | None = None
        self._verdict: bool | None = None
        self._challenging = True
        self._error_minor = 0

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "challenge": self._set_challenge,
            "price_error": self._set_error,
        }

    def _set_challenge(self, on: bool = True) -> None:
        self._challenging, self._until_challenge = on, 0

    def _set_error(self, minor: int = 0) -> None:
        self._error_minor = minor

    def _started(self) -> None:
        super()._started()
        self._price_minor, self._code, self._weighed = None, "00", -1
        self._until_challenge, self._random, self._verdict = 0, None, None

    def _command(self) -> bytes | None:
        """A record from STX to ETX, or ENQ; EOT before either resets, and is all there is to it."""
        heard = self._heard.lstrip(dialog.EOT)
        if heard[:1] != b"\x02":
            self._heard = heard[1:]
            return heard[:1] or None
        record, end, rest = heard.partition(b"\x03")
        if not end:
            self._heard = heard
            return None
        self._heard = rest
        return record + end

    def _obey(self, command: bytes) -> None:
        if command == dialog.ENQ:
            self._asked()
        elif command == b"\x0208\x03":
            self._say(dialog.say_code(self._code))
        elif price := _PRICE.fullmatch(command):
            self._priced(price)
        elif checksums := _CHECKSUMS.fullmatch(command):
            self._proved(checksums)
        elif command[:1] == b"\x02":
            self._refuse("10")

    def _refuse(self, code: str) -> None:
        self._code = code
        self._say(dialog.NAK)

    def _priced(self, record: re.Match[bytes]) -> None:
        tare = record["rest"].split(b"\x1b")[0] if record["name"] in b"35" else b"0"
        if not re.fullmatch(rb"\d{1,4}", tare):
            return self._refuse("12")
        if self._challenging and self._until_challenge == 0:
            self._random = self._chance.randrange(256)
            return self._say(dialog.say_challenge(self._random))
        self._price_minor, self._asked_tare_g = int(record["price"]), int(tare)
        return self._say(dialog.ACK)

    def _proved(self, record: re.Match[bytes]) -> None:
        if self._random is None:
            return self._refuse("10")
        high, low = self._random >> 4, self._random & 0xF
        checksum = dialog.rotated(int(record["word"], 16), -high)
        correction = dialog.rotated(int(record["correction"], 16), low)
        self._random = None
        self._verdict = correction == dialog.correction_word(checksum, SIM_POLYNOMIAL)
        return self._say(dialog.ACK)

    def _asked(self) -> None:
        if self._verdict is not None:
            good, self._verdict = self._verdict, None
            if good:
                self._until_challenge = WEIGHINGS_BETWEEN_CHALLENGES
            return self._say(dialog.say_verdict(good=good))
        if self._price_minor is None:
            return self._refuse("01")
        code = self._load_code()
        if code != "00":
            return self._refuse(code)
        return self._give(self._price_minor)

    def _load_code(self) -> str:
        platter = self.platter
        if platter.overloaded:
            return "32"
        if platter.moving:
            return "20"
        if platter.gross_g < 0:
            return "31"
        if platter.gross_g - self._taken_off() < platter.minimum_g:
            return "30"
        return "21" if self._weighed == platter.changes else "00"

    def _taken_off(self) -> int:
        return self._asked_tare_g or self.platter.tare_g

    def _give(self, price_minor: int) -> None:
        net = self.platter.gross_g - self._taken_off()
        amount = (net * price_minor + 500) // 1000
        if amount + self._error_minor > dialog.MAX_AMOUNT_MINOR:
            return self._refuse("11")
        self._code, self._weighed, self._price_minor = "00", self.platter.changes, None
        self._until_challenge = max(0, self._until_challenge - 1)
        return self._say(dialog.say_result(net, price_minor, amount + self._error_minor))
