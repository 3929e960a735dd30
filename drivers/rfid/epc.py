"""EPC to GTIN and serial number: SGTIN-96 and SGTIN-198, as pure functions.

GS1 EPC Tag Data Standard 1.13, sections 14.5.1 (SGTIN) and 14.2 (partition table); the same in 2.x.
"""

from __future__ import annotations

from dataclasses import dataclass

SGTIN_96, SGTIN_198 = 0x30, 0x36
_PARTITIONS = ((40, 12, 4, 1), (37, 11, 7, 2), (34, 10, 10, 3), (30, 9, 14, 4), (27, 8, 17, 5),
               (24, 7, 20, 6), (20, 6, 24, 7))  # fmt: skip
"""Partition -> bits and digits of the company prefix, bits and digits of indicator and item."""
_HEAD_BITS, _FILTER_BITS, _PARTITION_BITS = 8, 3, 3
_SERIAL_96_BITS, _SERIAL_198_BITS, _CHARACTER_BITS = 38, 140, 7


class NoSgtin(ValueError):
    """The tag holds something else: another scheme, or bits that are no SGTIN."""


@dataclass(frozen=True, slots=True)
class Sgtin:
    """A serialised trade item."""

    gtin: str
    """14 digits, indicator first, check digit last."""
    serial: str
    filter_value: int = 0
    """0 all others, 1 point-of-sale item, 2 case ..., 7 unit load component."""


@dataclass(slots=True)
class _Bits:
    """Takes numbers off the front of an EPC."""

    value: int
    left: int

    def take(self, bits: int) -> int:
        """Return the next ``bits`` as a number. Raises NoSgtin at the end."""
        self.left -= bits
        if self.left < 0:
            raise NoSgtin("the tag's memory ends within its number")
        return (self.value >> self.left) & ((1 << bits) - 1)


def decode_sgtin(epc: str) -> Sgtin:
    """Return what an EPC in hexadecimal says.

    Raises:
        NoSgtin: it is no SGTIN-96 or SGTIN-198, or not a valid one.
    """
    try:
        raw = bytes.fromhex(epc)
    except ValueError as error:
        raise NoSgtin(f"{epc[:40]!r} is not hexadecimal") from error
    bits = _Bits(int.from_bytes(raw), 8 * len(raw))
    scheme = bits.take(_HEAD_BITS)
    if scheme not in (SGTIN_96, SGTIN_198):
        raise NoSgtin(f"scheme {scheme:02X} is no SGTIN")
    filter_value, partition = bits.take(_FILTER_BITS), bits.take(_PARTITION_BITS)
    if partition >= len(_PARTITIONS):
        raise NoSgtin(f"there is no partition {partition}")
    company_bits, company_digits, item_bits, item_digits = _PARTITIONS[partition]
    company, item = bits.take(company_bits), bits.take(item_bits)
    if company >= 10**company_digits or item >= 10**item_digits:
        raise NoSgtin("company prefix or item has more digits than its partition")
    serial = str(bits.take(_SERIAL_96_BITS)) if scheme == SGTIN_96 else _characters(bits)
    # The item reference begins with the GTIN's indicator digit, which stands first in a GTIN.
    reference = f"{item:0{item_digits}}"
    body = f"{reference[0]}{company:0{company_digits}}{reference[1:]}"
    return Sgtin(body + _check_digit(body), serial, filter_value)


def encode_sgtin_96(gtin: str, serial: int, company_digits: int = 7, filter_value: int = 1) -> str:
    """Return the EPC of a GTIN (8 to 14 digits) and a serial number below 2**38.

    Raises:
        NoSgtin: a digit or number is wrong.
    """
    digits = gtin.zfill(14)
    if len(digits) != 14 or not (digits.isascii() and digits.isdigit()):
        raise NoSgtin(f"{gtin[:20]!r} is no GTIN")
    if digits[-1] != _check_digit(digits[:-1]):
        raise NoSgtin(f"{gtin}: the check digit is wrong")
    if not 6 <= company_digits <= 12 or not 0 <= serial < 1 << _SERIAL_96_BITS:
        raise NoSgtin("a company prefix has 6 to 12 digits, a serial number 38 bits")
    partition = 12 - company_digits
    company_bits, _, item_bits, _ = _PARTITIONS[partition]
    company = int(digits[1 : 1 + company_digits])
    item = int(digits[0] + digits[1 + company_digits : -1])
    value = SGTIN_96
    for bits, part in (
        (_FILTER_BITS, filter_value),
        (_PARTITION_BITS, partition),
        (company_bits, company),
        (item_bits, item),
        (_SERIAL_96_BITS, serial),
    ):
        value = value << bits | part
    return f"{value:024X}"


def _characters(bits: _Bits) -> str:
    """Return an alphanumeric serial: 20 characters of seven bits, ended by a zero."""
    found = [chr(bits.take(_CHARACTER_BITS)) for _ in range(_SERIAL_198_BITS // _CHARACTER_BITS)]
    serial, _, rest = "".join(found).partition("\0")
    if not serial or rest.strip("\0") or not all("!" <= one <= "z" for one in serial):
        raise NoSgtin("the serial number holds characters that it must not hold")
    return serial


def _check_digit(digits: str) -> str:
    total = sum(int(one) * (3 if place % 2 == 0 else 1) for place, one in enumerate(digits[::-1]))
    return str(-total % 10)
