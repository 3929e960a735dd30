"""The compact statement of a receipt, for a code that a scanner reads off a telephone (RCP-04).

The whole signed record of sixty lines is far beyond any code that a screen can show; this says what
a return needs, and is signed in the transaction of the sale.  Binary, big-endian; a ``varint`` is
LEB128, a signed one is folded (0, -1, 1, -2 ...) first.  Version 1::

    statement = receipt number (8) till (2) completed, s since 1970 (5) currency (3)
                rates (1) { rate in hundredths of a percent (varint) }
                lines (varint) { line }
    line      = flags (1) [number after the last (varint)] length of code (1) code
                quantity (signed varint) paid (signed varint, minor units) [grams (varint)]
    flags     = rate (bits 0-3), 16 weighed, 32 code is UTF-8, 64 void lines are left out,
                128 no article: a deposit
    envelope  = version (1) method (1) [key id (8)] signature (64, or 16) statement

A code of digits is written as a number of as many bytes as its digits need.  ``paid`` is the line's
net less its share of the discounts at the foot: the sum over the lines is the total.  The envelope
is shown as digits, which every keyboard and every scanner passes on unharmed and a QR code packs as
densely as bytes: seven bytes are seventeen digits, behind ``PREFIX``.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from terminal.core.basket import totals
from terminal.core.errors import CoreError
from terminal.core.numbering import RECEIPT_NUMBER_LENGTH, is_digits, is_receipt_number
from terminal.core.state import Sale

PREFIX = "97531"
"""What the digits of such a code begin with."""
MIN_DIGITS = 60
MAX_DIGITS = 4000
"""Some 130 lines, a code of 149 modules: what a telephone shows so that a scanner reads it."""
VERSION = 1
ES256, DIGEST = 1, 2
"""Methods: a signature of the fiscal key; a digest that only its own terminal can check."""
SIGNATURE_BYTES = {ES256: 64, DIGEST: 16}
KEY_BYTES = 8
_BYTES, _DIGITS = 7, 17
_RATE, _WEIGHED, _TEXT, _GAP, _OTHER = 15, 16, 32, 64, 128
MAX_RATES = 16
MAX_CODE_BYTES = 255
MAX_LINES = 2000
_VARINT_BYTES = 9


class NotAStatement(CoreError):
    """A code that claims to be a receipt's and is none."""


@dataclass(frozen=True, slots=True)
class StatedLine:
    """One line that counts; ``paid_minor`` is below zero where it came back."""

    n: int
    code: str
    quantity: int
    paid_minor: int
    vat_rate_bp: int
    weight_g: int = 0
    is_article: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed of a receipt."""

    receipt_number: str
    till: str
    completed_s: int
    currency: str
    lines: tuple[StatedLine, ...]

    @property
    def total_minor(self) -> int:
        """What the customer paid."""
        return sum(line.paid_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A statement with its signature, as it was packed; ``key_id`` is empty for a digest."""

    method: int
    key_id: str
    signature: bytes
    body: bytes


def statement_of(sale: Sale, till: str) -> Statement:
    """Return the statement of a completed sale."""
    figures = totals(sale).lines
    return Statement(
        receipt_number=sale.receipt_number,
        till=till,
        completed_s=sale.completed_at_ms // 1000,
        currency=sale.currency,
        lines=tuple(
            StatedLine(
                line.n,
                line.code,
                line.quantity,
                figures[line.n - 1].net_minor - figures[line.n - 1].foot_minor,
                line.vat_rate_bp,
                line.weight_g,
                line.kind == "article",
            )
            for line in sale.lines
            if not line.void
        ),
    )


def signed_text(body: bytes) -> str:
    """Return the text that is signed for a packed statement: nothing else begins like it."""
    return f"C{VERSION},{base64.urlsafe_b64encode(body).decode()}"


# --- packing --------------------------------------------------------------------------------------


def pack(statement: Statement) -> bytes:
    """Return a statement as bytes. Raises NotAStatement when it does not fit the form."""
    rates = sorted({line.vat_rate_bp for line in statement.lines})
    if len(rates) > MAX_RATES or len(statement.lines) > MAX_LINES:
        raise NotAStatement("more rates or lines than a statement holds")
    out = bytearray()
    out += int(statement.receipt_number).to_bytes(8, "big")
    out += int(statement.till).to_bytes(2, "big")
    out += statement.completed_s.to_bytes(5, "big")
    out += statement.currency.encode("ascii").ljust(3)[:3]
    out.append(len(rates))
    for rate in rates:
        out += _varint(rate)
    out += _varint(len(statement.lines))
    last = 0
    for line in statement.lines:
        out += _line(line, rates.index(line.vat_rate_bp), last)
        last = line.n
    return bytes(out)


def _line(line: StatedLine, rate: int, last: int) -> bytes:
    by_number = is_digits(line.code) and len(line.code) <= MAX_CODE_BYTES
    code = _number(line.code) if by_number else line.code.encode()
    size = len(line.code) if by_number else len(code)
    if size > MAX_CODE_BYTES:
        raise NotAStatement("a code is too long")
    gap = line.n - last - 1
    flags = rate | (_WEIGHED if line.weight_g else 0) | (0 if by_number else _TEXT)
    flags |= (_GAP if gap else 0) | (0 if line.is_article else _OTHER)
    return (
        bytes((flags,))
        + (_varint(gap) if gap else b"")
        + bytes((size,))
        + code
        + _varint(_folded(line.quantity))
        + _varint(_folded(line.paid_minor))
        + (_varint(line.weight_g) if line.weight_g else b"")
    )


def _number(code: str) -> bytes:
    return int(code).to_bytes(_number_bytes(len(code)), "big")


def _number_bytes(digits: int) -> int:
    """Return how many bytes hold any number of so many digits."""
    return (int("9" * digits or "0").bit_length() + 7) // 8


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _folded(value: int) -> int:
    return 2 * value if value >= 0 else -2 * value - 1


# --- unpacking ------------------------------------------------------------------------------------


class _Bytes:
    """Reads what was packed; whatever is missing or too much is no statement."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if len(part) != count:
            raise NotAStatement("the statement ends too early")
        self._at += count
        return part

    def byte(self) -> int:
        return self.take(1)[0]

    def varint(self) -> int:
        value = 0
        for place in range(_VARINT_BYTES):
            one = self.byte()
            value |= (one & 0x7F) << 7 * place
            if one < 0x80:
                return value
        raise NotAStatement("a number is too long")

    def signed(self) -> int:
        folded = self.varint()
        return -(folded + 1) // 2 if folded & 1 else folded // 2

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


def unpack(body: bytes) -> Statement:
    """Return the statement that bytes hold. Raises NotAStatement for anything else."""
    data = _Bytes(body)
    number = str(int.from_bytes(data.take(8), "big")).zfill(RECEIPT_NUMBER_LENGTH)
    till = str(int.from_bytes(data.take(2), "big")).zfill(4)
    completed = int.from_bytes(data.take(5), "big")
    try:
        currency = data.take(3).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise NotAStatement("the currency is no word") from error
    rates = [data.varint() for _ in range(min(data.byte(), MAX_RATES))]
    count = data.varint()
    if not is_receipt_number(number) or count > MAX_LINES:
        raise NotAStatement("the receipt's number is none")
    lines: list[StatedLine] = []
    for _ in range(count):
        lines.append(_read_line(data, rates, lines[-1].n if lines else 0))
    statement = Statement(number, till, completed, currency, tuple(lines))
    if data.rest() or pack(statement) != body:
        raise NotAStatement("the statement is not in its one form")
    return statement


def _read_line(data: _Bytes, rates: list[int], last: int) -> StatedLine:
    flags = data.byte()
    n = last + 1 + (data.varint() if flags & _GAP else 0)
    size = data.byte()
    try:
        if flags & _TEXT:
            code = data.take(size).decode()
        else:
            code = str(int.from_bytes(data.take(_number_bytes(size)), "big")).zfill(size)
        rate = rates[flags & _RATE]
    except (UnicodeDecodeError, IndexError) as error:
        raise NotAStatement("a line cannot be read") from error
    quantity, paid = data.signed(), data.signed()
    grams = data.varint() if flags & _WEIGHED else 0
    return StatedLine(n, code, quantity, paid, rate, grams, not flags & _OTHER)


# --- the code -------------------------------------------------------------------------------------


def code_of(envelope: Envelope) -> str:
    """Return the digits of a receipt's code; empty when they are too many for a telephone."""
    head = bytes((VERSION, envelope.method))
    data = head + bytes.fromhex(envelope.key_id) + envelope.signature + envelope.body
    code = PREFIX + digits_of(data)
    return code if len(code) <= MAX_DIGITS else ""


def is_code(text: str) -> bool:
    """Tell whether a scan claims to be a receipt's code."""
    return len(text) >= MIN_DIGITS and text.startswith(PREFIX) and is_digits(text)


def open_code(text: str) -> Envelope:
    """Return what a code holds; nothing of it is verified. Raises NotAStatement."""
    if not is_code(text) or len(text) > MAX_DIGITS:
        raise NotAStatement("this is no receipt's code")
    data = _Bytes(bytes_of(text.removeprefix(PREFIX)))
    version, method = data.byte(), data.byte()
    if version != VERSION or method not in SIGNATURE_BYTES:
        raise NotAStatement(f"version {version}, method {method} is not known here")
    key_id = data.take(KEY_BYTES).hex() if method == ES256 else ""
    return Envelope(method, key_id, data.take(SIGNATURE_BYTES[method]), data.rest())


def digits_of(data: bytes) -> str:
    """Return bytes as decimal digits, seventeen for each seven bytes."""
    parts = []
    for at in range(0, len(data), _BYTES):
        part = data[at : at + _BYTES]
        size = _DIGITS if len(part) == _BYTES else len(str(256 ** len(part) - 1))
        parts.append(str(int.from_bytes(part, "big")).zfill(size))
    return "".join(parts)


def bytes_of(digits: str) -> bytes:
    """Return the bytes of ``digits_of``. Raises NotAStatement."""
    sizes = {len(str(256**count - 1)): count for count in range(1, _BYTES)} | {_DIGITS: _BYTES}
    out = bytearray()
    for at in range(0, len(digits), _DIGITS):
        part = digits[at : at + _DIGITS]
        count = sizes.get(len(part))
        if count is None or int(part) >= 256**count:
            raise NotAStatement("the digits are none of ours")
        out += int(part).to_bytes(count, "big")
    return bytes(out)
