"""What scales say, byte by byte: vectors, tables, splitting and noise."""

import random
import tracemalloc
from binascii import crc_hqx
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceFault, RemoteProtocolError
from drivers.scale import dialog_06_protocol as dialog
from drivers.scale import nci_protocol as nci
from drivers.scale import toledo_8217_protocol as toledo
from drivers.scale.base import ScaleState, Weighing
from drivers.scale.readings import Readings, printable, whole_grams

PROTOCOLS = {"toledo-8217": toledo, "dialog-06": dialog, "nci": nci}

# (what the scale sends, what it says), from the manuals
TOLEDO = [
    (b"\x0200.842\r", (Decimal("0.842"), False)),  # five digits and a point, standing still
    (b"\x0201.250N\r", (Decimal("1.250"), True)),  # net: a tare is in force
    (b"\x02 1.5\r", (Decimal("1.5"), False)),
    (b"\x02?\x01\r", ScaleState.UNSTABLE),
    (b"\x02?\x02\r", ScaleState.OVERWEIGHT),
    (b"\x02?\x04\r", ScaleState.UNDER_ZERO),
    (b"\x02?\x08\r", ScaleState.NOT_READY),
    (b"\x02?\x10\r", ScaleState.ZERO),
    (b"\x02?\x11\r", ScaleState.UNSTABLE),
    (b"\x02?\x00\r", ScaleState.SAME_WEIGHT),  # told before, nothing changed since
    (b"\x02?\x20\r", ScaleState.SAME_WEIGHT),
    (b"\x02?\x40\r", ScaleState.NOT_READY),  # bad command
    (b"\x02?\x0d\r", ScaleState.UNDER_ZERO),  # a status may be the code of CR, or of STX
]


@pytest.mark.parametrize(("sent", "said"), TOLEDO)
def test_toledo_8217_from_the_manual(sent, said):
    [answer] = toledo.decoder().receive(sent)
    if answer["weight"] is not None:
        assert (toledo.weight_of(answer["weight"]), bool(answer["net"])) == said
    else:
        assert toledo.state_of(answer["status"][0]) is said


def test_toledo_8217_is_recognised_by_its_echo():
    """From the manual: Ehello comes back as STX E CR hello."""
    [answer] = toledo.decoder().receive(b"\x02E\rhello")
    assert answer["echo"] == b"E\rhello"


# (what the terminal sends, from the manual)
RECORDS = [
    (dialog.price_record(1000), b"\x04\x0201\x1b001000\x1b\x03"),
    (dialog.price_record(1000, 25), b"\x04\x0203\x1b001000\x1b0025\x03"),
    (dialog.price_record(1000, text="POMMES"), b"\x04\x0204\x1b001000\x1bPOMMES       \x03"),
    (
        dialog.price_record(1000, 25, "POMMES FUJI BIO"),
        b"\x04\x0205\x1b001000\x1b0025\x1bPOMMES FUJI B\x03",
    ),
    (dialog.ASK, b"\x04\x05"),
    (dialog.ASK_STATUS, b"\x04\x0208\x03"),
]


@pytest.mark.parametrize(("built", "manual"), RECORDS)
def test_dialog_06_records_from_the_manual(built, manual):
    assert built == manual


def test_dialog_06_result_from_the_manual():
    [answer] = dialog.decoder().receive(b"\x0202\x1b3\x1b00842\x1b000199\x1b000168\x03")
    assert (answer["unit"], answer["weight"]) == (b"3", b"00842")
    assert (answer["price"], answer["amount"]) == (b"000199", b"000168")


# W3: (code, what it says of the load, or the error it is)
CODES = [
    ("00", ScaleState.NOT_READY),
    ("01", DeviceFault),
    ("02", RemoteProtocolError),
    ("10", DeviceFault),
    ("11", DeviceFault),
    ("12", DeviceFault),
    ("13", DeviceFault),
    ("20", ScaleState.UNSTABLE),
    ("21", ScaleState.SAME_WEIGHT),
    ("22", ScaleState.UNSTABLE),
    ("30", ScaleState.UNDER_MINIMUM),
    ("31", ScaleState.UNDER_ZERO),
    ("32", ScaleState.OVERWEIGHT),
    ("99", RemoteProtocolError),
]


@pytest.mark.parametrize(("code", "meaning"), CODES)
def test_w3_every_code_of_dialog_06_has_its_meaning(code, meaning):
    decoder, talk = dialog.decoder(), dialog.Conversation(dialog.price_record(199), None)
    assert talk.heard(*decoder.receive(dialog.ACK)) == dialog.ASK
    assert talk.heard(*decoder.receive(dialog.NAK)) == dialog.ASK_STATUS
    answer = decoder.receive(dialog.say_code(code))[0]
    if isinstance(meaning, ScaleState):
        assert talk.heard(answer) is None
        assert (talk.code, dialog.CODES[talk.code]) == (code, meaning)
    else:
        with pytest.raises(meaning):
            talk.heard(answer)


# W3: (status bytes without the bits that are always set, what they say)
STATUSES = [
    ((0, 0), ScaleState.STABLE),
    ((nci.MOTION, 0), ScaleState.UNSTABLE),
    ((nci.AT_ZERO, 0), ScaleState.ZERO),
    ((nci.RAM_ERROR, 0), ScaleState.FAULT),
    ((nci.EEPROM_ERROR, 0), ScaleState.FAULT),
    ((0, nci.UNDER), ScaleState.UNDER_ZERO),
    ((0, nci.OVER), ScaleState.OVERWEIGHT),
    ((nci.MOTION, nci.OVER), ScaleState.OVERWEIGHT),
    ((0, nci.ROM_ERROR), ScaleState.FAULT),
    ((0, nci.CALIBRATION_ERROR), ScaleState.FAULT),
    ((0, 0, nci.NET), ScaleState.STABLE),
    ((0, 0, nci.INITIAL_ZERO_ERROR), ScaleState.NOT_READY),
]


@pytest.mark.parametrize(("status", "state"), STATUSES)
def test_w3_every_status_bit_of_nci_has_its_meaning(status, state):
    for raw in (nci.say_status(*status), b"\nS" + nci.say_status(*status)[1:]):
        [answer] = nci.decoder().receive(raw)
        assert nci.state_of(answer["status"]) is state


# from the manuals of Avery Weigh-Tronix, Salter Brecknell and Ohaus
NCI = [
    (b"\n0000.84KG\r\n00\r\x03", Decimal("0.84")),
    (b"\n00.842kg\r\n00\r\x03", Decimal("0.842")),
    (b"\n  1.250KG\r\nS00\r\x03", Decimal("1.250")),
    (b"\n 1250G \r\n00\r\x03", Decimal("1.250")),
    (b"\n001.85LB\r\n00\r\x03", None),
]


@pytest.mark.parametrize(("sent", "kg"), NCI)
def test_nci_from_the_manuals(sent, kg):
    [answer] = nci.decoder().receive(sent)
    assert nci.kilograms(answer["weight"], answer["unit"]) == kg


def test_nci_says_that_it_does_not_know_a_command():
    [answer] = nci.decoder().receive(b"\n?\r\x03")
    assert answer["unknown"]


# --- decimals -------------------------------------------------------------------------------------


@given(st.integers(1, 99_999), st.integers(0, 999_999))
def test_w2_a_weight_keeps_its_very_digits(grams, price):
    """W2: what the scale writes is what is read, digit by digit, in every protocol."""
    kg = Decimal(grams).scaleb(-3)
    [answer] = toledo.decoder().receive(toledo.say_weight(kg))
    assert toledo.weight_of(answer["weight"]) == kg
    [answer] = nci.decoder().receive(nci.say_weight(kg, 0, 0))
    assert nci.kilograms(answer["weight"], answer["unit"]) == kg
    [answer] = dialog.decoder().receive(dialog.say_result(grams, price, price))
    assert Decimal(int(answer["weight"])).scaleb(-3) == kg
    assert whole_grams(kg) == grams


@given(st.decimals(0, 99, places=4))
def test_w2_a_fraction_of_a_gram_is_refused_not_rounded(kg):
    if kg * 1000 == (kg * 1000).to_integral_value():
        assert Decimal(whole_grams(kg)) == kg * 1000
    else:
        with pytest.raises(RemoteProtocolError):
            whole_grams(kg)


@pytest.mark.parametrize("state", [s for s in ScaleState if s not in ("stable", "same_weight")])
def test_nothing_but_rest_has_a_weight(state):
    """Motion and errors never become a figure, 0 least of all."""
    with pytest.raises(ValueError, match="no weight"):
        Weighing(state, 1.0, Decimal("0.500"))
    assert Readings().without_weight(state, 1.0, b"").value(1.0) is None


def test_w4_a_weight_older_than_a_second_is_none():
    weighing = Weighing(ScaleState.STABLE, 10.0, Decimal("0.842"), 1)
    assert weighing.value(10.0) == weighing.value(11.0) == Decimal("0.842")
    assert weighing.value(11.001) is None
    assert weighing.value(9.9) is None


def test_a_load_keeps_its_number_until_something_moves():
    readings = Readings()
    first = readings.stable(Decimal("0.500"), 1.0, b"")
    assert readings.stable(Decimal("0.500"), 1.2, b"").sequence == first.sequence
    with_tare = readings.stable(Decimal("0.490"), 1.4, b"", tare_g=10)
    assert with_tare.sequence == first.sequence, "a tare changes the weight, not the load"
    readings.without_weight(ScaleState.UNSTABLE, 1.6, b"")
    assert readings.stable(Decimal("0.500"), 1.8, b"").sequence == first.sequence + 1


# --- checksums ------------------------------------------------------------------------------------


@given(st.integers(0, 0xFFFF))
def test_the_correction_word_is_the_remainder_modulo_two(checksum):
    """The standard library divides by 0x11021 alone; ours by any polynomial."""
    assert dialog.correction_word(checksum, 0x1021) == crc_hqx(checksum.to_bytes(2, "big"), 0)
    assert dialog.correction_word(1, checksum) == checksum, "x^16 by P leaves P's lower terms"


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 255))
def test_the_checksum_record_is_undone_by_who_knows_the_random_number(checksum, polynomial, z):
    record = dialog.checksum_record(checksum, polynomial, z)
    word, correction = int(record[5:9], 16), int(record[9:13], 16)
    assert dialog.rotated(word, -(z >> 4)) == checksum
    assert dialog.rotated(correction, z & 0xF) == dialog.correction_word(checksum, polynomial)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_checksum_and_correction_word_together_leave_no_remainder(checksum, polynomial):
    divisor = polynomial | 0x10000
    whole = (checksum << 16) ^ dialog.correction_word(checksum, polynomial)
    for bit in range(31, 15, -1):
        if whole >> bit & 1:
            whole ^= divisor << (bit - 16)
    assert whole == 0


@pytest.mark.parametrize("text", ["8005", "18005", "0x8005", "0x18005"])
def test_a_polynomial_may_name_its_highest_term(text):
    assert dialog.read_polynomial(text) == 0x8005


@pytest.mark.parametrize("text", ["", "80", "28005", "xyzw", "800500"])
def test_what_is_no_polynomial_is_refused(text):
    with pytest.raises(ValueError, match="polynomial"):
        dialog.read_polynomial(text)


# --- the stream -----------------------------------------------------------------------------------

ANSWERS = {
    "toledo-8217": [b"\x0200.842\r", b"\x02?\x01\r", b"\x02E\rhello", b"\x02F\r", b"\x0201.2N\r"],
    "dialog-06": [
        dialog.ACK, dialog.NAK, dialog.say_result(842, 199, 168), dialog.say_code("20"),
        dialog.say_challenge(0x47), dialog.say_verdict(good=True),
    ],
    "nci": [
        nci.say_weight(Decimal("0.842"), 0, 0), nci.say_status(1, 0), b"\n?\r\x03",
        nci.say_weight(Decimal("0.842"), 0, 0, nci.NET), b"\n 12G\r\n00\r\x03",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PROTOCOLS)
def test_c6_answers_are_heard_however_they_are_split(name):
    """C6: cut at every byte, one by one, and all at once."""
    stream = b"".join(ANSWERS[name])
    for at in range(len(stream) + 1):
        decoder = PROTOCOLS[name].decoder()
        heard = decoder.receive(stream[:at]) + decoder.receive(stream[at:])
        assert [answer[0] for answer in heard] == ANSWERS[name]
    decoder = PROTOCOLS[name].decoder()
    heard = [answer for byte in stream for answer in decoder.receive(bytes((byte,)))]
    assert [answer[0] for answer in heard] == ANSWERS[name]
    assert decoder.dropped == 0


@pytest.mark.parametrize("name", PROTOCOLS)
def test_c5_ten_megabytes_of_noise_leave_nothing_behind(name):
    """C5: memory stays flat, and the first valid answer after the noise is heard."""
    chance, decoder = random.Random(8217), PROTOCOLS[name].decoder()
    decoder.receive(chance.randbytes(65_536))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(160):
        decoder.receive(chance.randbytes(65_536))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 100_000
    for wanted in ANSWERS[name]:
        assert wanted in [answer[0] for answer in decoder.receive(wanted)]


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_no_noise_is_an_exception_and_no_answer_is_made_of_it(pieces):
    for protocol in PROTOCOLS.values():
        decoder = protocol.decoder()
        for piece in pieces:
            for answer in decoder.receive(piece):
                assert protocol.WHOLE.fullmatch(answer[0])


def test_what_is_recorded_of_an_answer_is_printable_and_bounded():
    assert printable(dialog.say_result(842, 199, 168)).startswith("<02>02<1B>3<1B>00842<1B>")
    assert len(printable(bytes(range(256)))) == 80
