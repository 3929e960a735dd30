"""EPCs of tags: what is an article, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.rfid.epc import NoSgtin, Sgtin, decode_sgtin, encode_sgtin_96


@pytest.mark.parametrize(
    ("epc", "sgtin"),
    [
        pytest.param(
            "3074257BF7194E4000001A85",
            Sgtin("80614141123458", "6789", 3),
            id="from the standard, annex E.3: SGTIN-96",
        ),
        pytest.param("3034257BF400B7800004CB2F", Sgtin("00614141007349", "314159", 1), id="item"),
        pytest.param("30340789001C00C0000001F4"[:22], None, id="cut"),
        pytest.param("303C257BF7194E4000001A85", None, id="partition 7"),
        pytest.param("3130" + "00" * 10, None, id="an SSCC"),
        pytest.param("E2801160600002054F1A2B3C", None, id="a tag as it comes from the factory"),
        pytest.param("", None, id="nothing"),
        pytest.param("zz", None, id="no hexadecimal"),
    ],
)
def test_an_epc_is_a_gtin_and_a_serial_number_or_nothing(epc, sgtin):
    """GS1 EPC Tag Data Standard."""
    if sgtin is None:
        with pytest.raises(NoSgtin):
            decode_sgtin(epc)
    else:
        assert decode_sgtin(epc) == sgtin


def test_an_alphanumeric_serial_number_is_read():
    """SGTIN-198: 20 characters of seven bits behind the same beginning."""
    head = int("3614257BF7194E4000001A85", 16) >> 38
    serial = "32a/b"
    bits = "".join(f"{ord(one):07b}" for one in serial).ljust(140, "0")
    value = (head << 140 | int(bits, 2)) << 10  # 198 bits in 26 bytes
    assert decode_sgtin(f"{value:052X}") == Sgtin("80614141123458", serial, 0)


@given(st.integers(0, 10**13 - 1), st.integers(0, 2**38 - 1), st.integers(6, 12), st.integers(0, 7))
def test_what_was_encoded_is_decoded(number, serial, company_digits, filter_value):
    body = f"{number:013}"
    total = sum(int(one) * (3 if at % 2 == 0 else 1) for at, one in enumerate(body))
    gtin = body + str(-total % 10)
    epc = encode_sgtin_96(gtin, serial, company_digits, filter_value)
    assert decode_sgtin(epc) == Sgtin(gtin, str(serial), filter_value)


@given(st.binary(max_size=40))
def test_no_tag_crashes_the_decoder(raw):
    try:
        sgtin = decode_sgtin(raw.hex())
    except NoSgtin:
        return
    assert len(sgtin.gtin) == 14
