"""Dialog 06, sans-IO: records, the table of codes, and the conversation of one weighing.

7 data bits, odd parity, one stop bit, 9600 baud (Dialog 02: 2400, Dialog 04: 4800).  The terminal
sends the unit price (record 01; 03 with a tare, 04 with a text, 05 with both) and asks with EOT
ENQ; the scale weighs, computes, and answers with record 02.  NAK is explained by record 09, which
record 08 asks for.  After codes 20 and 22 the question alone is repeated.  Now and then the scale
answers a price with record 11 and a random number: it wants checksums (record 10) made with a
polynomial that maker of scale and maker of terminal share, and says by record 11 whether they are
good; then the weighing begins anew.  (Mettler Toledo Diva service manual, section 6.1.8; Cely
PI100, section 7.5; Ohaus Aviator 7000, section 6.1.6.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from drivers.errors import DeviceFault, RemoteProtocolError
from drivers.scale.base import ScaleState
from drivers.scale.frames import FrameDecoder

EOT, ENQ, ACK, NAK = b"\x04", b"\x05", b"\x06", b"\x15"
ASK = EOT + ENQ
ASK_STATUS = EOT + b"\x0208\x03"
KILOGRAMS = b"3"
"""Unit of weight in record 02; 0 to 2 are pounds."""
TEXT_CHARS = 13
MAX_AMOUNT_MINOR = 999_999
WORD_BITS = 16

WHOLE = re.compile(
    rb"\x0202\x1b(?P<unit>[0-3])\x1b(?P<weight>\d{5})\x1b(?P<price>\d{5,6})\x1b(?P<amount>\d{6})\x03"
    rb"|\x0209\x1b(?P<code>\d\d)\x03"
    rb"|\x0211\x1b(?P<verdict>[01]|2(?P<random>[0-9A-Fa-f]{2}))\x03"
    rb"|(?P<sign>[\x06\x15])"
)
BEGUN = re.compile(
    rb"\x02(?:0?|02(?:\x1b(?:[0-3](?:\x1b(?:\d{0,5}|\d{5}\x1b(?:\d{0,6}|\d{5,6}\x1b\d{0,6}))?)?)?)?"
    rb"|09(?:\x1b\d{0,2})?|1|11(?:\x1b(?:[01]|2[0-9A-Fa-f]{0,2})?)?)"
)

CODES: Mapping[str, ScaleState] = MappingProxyType(
    {
        "00": ScaleState.NOT_READY,
        "20": ScaleState.UNSTABLE,
        "21": ScaleState.SAME_WEIGHT,
        "22": ScaleState.UNSTABLE,
        "30": ScaleState.UNDER_MINIMUM,
        "31": ScaleState.UNDER_ZERO,
        "32": ScaleState.OVERWEIGHT,
    }
)
"""Code of record 09 -> what it says of the load."""
ASK_AGAIN = frozenset({"20", "22"})
"""After these the price need not be sent again."""
REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "01": "a general error",
        "10": "a record that it does not know",
        "11": "the unit price",
        "12": "the tare",
        "13": "the text",
    }
)
"""Code -> what the scale refuses."""
DISTURBED = "02"
"""Parity error or overflow: the line disturbed what we said, or the format is set wrong."""


def decoder() -> FrameDecoder:
    """Return a decoder of answers."""
    return FrameDecoder(WHOLE, BEGUN)


def price_record(unit_price_minor: int, tare_g: int = 0, text: str = "") -> bytes:
    """Return record 01, 03, 04 or 05: six digits of price, four of grams, up to 13 characters."""
    name = ("05" if text else "03") if tare_g else ("04" if text else "01")
    fields = [f"{unit_price_minor:06}"]
    if tare_g:
        fields.append(f"{tare_g:04}")
    if text:
        fields.append(text[:TEXT_CHARS].ljust(TEXT_CHARS))
    if name == "01":
        fields.append("")
    return EOT + b"\x02" + "\x1b".join((name, *fields)).encode("ascii", "replace") + b"\x03"


# --- checksums ------------------------------------------------------------------------------------


def correction_word(checksum: int, polynomial: int) -> int:
    """Return KW: the remainder of the checksum, moved up 16 bits, by the polynomial (modulo 2).

    Both are 16 bits wide; the polynomial's highest term, x^16, may be left out.
    """
    divisor = (polynomial & 0xFFFF) | (1 << WORD_BITS)
    rest = checksum << WORD_BITS
    for bit in range(2 * WORD_BITS - 1, WORD_BITS - 1, -1):
        if rest >> bit & 1:
            rest ^= divisor << (bit - WORD_BITS)
    return rest


def rotated(word: int, left: int) -> int:
    """Return a 16-bit word rotated to the left; negative means to the right."""
    left %= WORD_BITS
    return ((word << left) | (word >> (WORD_BITS - left))) & 0xFFFF


def checksum_record(checksum: int, polynomial: int, random: int) -> bytes:
    """Return record 10 for the random number of record 11.

    Its higher half says how far the checksum is rotated left, its lower how far KW is to the right.
    """
    high, low = random >> 4, random & 0xF
    word = rotated(checksum, high)
    correction = rotated(correction_word(checksum, polynomial), -low)
    return EOT + f"\x0210\x1b{word:04X}{correction:04X}\x03".encode("ascii")


def read_polynomial(text: str) -> int:
    """Return a polynomial written as 4 or 5 hexadecimal digits. Raises ValueError."""
    if not re.fullmatch(r"(?:0x)?1?[0-9A-Fa-f]{4}", text):
        raise ValueError("a polynomial is 4 hexadecimal digits, or 5 that begin with 1")
    return int(text, 16) & 0xFFFF


# --- one weighing ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """What proves to the scale who computes with its weights."""

    polynomial: int
    """The secret that the makers share."""
    checksum: int
    """Of the program that handles the weights, 16 bits."""


class _Step(Enum):
    PRICE = auto()
    CHECKSUMS = auto()
    VERDICT = auto()
    RESULT = auto()
    REASON = auto()
    DONE = auto()


Frame = re.Match[bytes]


class Conversation:
    """One weighing: say ``opening()``, and for every answer what ``heard`` returns, until None.

    Then ``result`` is record 02, or ``code`` says why there is none.
    """

    def __init__(self, question: bytes, key: Key | None, *, asked: bool = False) -> None:
        """``question`` is a record with a price; ``asked``: the scale has it, ask alone."""
        self._question = question
        self._key = key
        self._proved = False
        self._step = _Step.RESULT if asked else _Step.PRICE
        self.result: Frame | None = None
        self.code = ""

    def opening(self) -> bytes:
        """Return the first thing to say."""
        return ASK if self._step is _Step.RESULT else self._question

    def heard(self, answer: Frame) -> bytes | None:
        """Return what to say next, None at the end.

        Raises:
            RemoteProtocolError: the answer does not belong here.
            DeviceFault: the scale refuses what it was told.
        """
        sign = answer["sign"]
        if sign == NAK and self._step is not _Step.REASON:
            self._step = _Step.REASON
            return ASK_STATUS
        if self._step is _Step.PRICE and (sign == ACK or answer["random"] is not None):
            return self._begun(answer)
        if self._step is _Step.CHECKSUMS and sign == ACK:
            self._step = _Step.VERDICT
            return ASK
        if self._step is _Step.VERDICT and answer["verdict"] in (b"0", b"1"):
            return self._judged(answer["verdict"])
        if self._step is _Step.RESULT and answer["weight"] is not None:
            self._step, self.result = _Step.DONE, answer
            return None
        if self._step is _Step.REASON and answer["code"] is not None:
            self._step = _Step.DONE
            self.code = answer["code"].decode("ascii")
            refuse(self.code)
            return None
        raise RemoteProtocolError(f"the scale answers {answer[0]!r} out of turn")

    def _begun(self, answer: Frame) -> bytes:
        if answer["random"] is None:
            self._step = _Step.RESULT
            return ASK
        if self._key is None:
            raise DeviceFault("the scale asks for checksums: devices.scale_key_file is not set")
        if self._proved:
            raise RemoteProtocolError("the scale asks for checksums without end")
        self._step = _Step.CHECKSUMS
        return checksum_record(self._key.checksum, self._key.polynomial, int(answer["random"], 16))

    def _judged(self, verdict: bytes) -> bytes:
        if verdict == b"0":
            raise DeviceFault("the scale refuses the checksums: the secret is not its maker's")
        self._proved = True
        self._step = _Step.PRICE
        return self._question


def refuse(code: str) -> None:
    """Raise what a code of record 09 means, unless it speaks of the load.

    Raises:
        DeviceFault: the scale refuses what it was told.
        RemoteProtocolError: the line was disturbed, or the code is in no table.
    """
    if code in REFUSALS:
        raise DeviceFault(f"the scale refuses {REFUSALS[code]} (code {code})")
    if code == DISTURBED:
        raise RemoteProtocolError("the scale heard us badly: set its line to 7 bits, odd parity")
    if code not in CODES:
        raise RemoteProtocolError(f"the scale says code {code}, which is in no table")


# --- the scale's side -----------------------------------------------------------------------------


def say_result(weight_g: int, unit_price_minor: int, price_minor: int) -> bytes:
    """Return record 02, in kilograms."""
    return f"\x0202\x1b3\x1b{weight_g:05}\x1b{unit_price_minor:06}\x1b{price_minor:06}\x03".encode()


def say_code(code: str) -> bytes:
    """Return record 09."""
    return f"\x0209\x1b{code}\x03".encode()


def say_verdict(*, good: bool) -> bytes:
    """Return record 11 about checksums."""
    return f"\x0211\x1b{int(good)}\x03".encode()


def say_challenge(random: int) -> bytes:
    """Return record 11 with a random number of 8 bits."""
    return f"\x0211\x1b2{random:02X}\x03".encode()
