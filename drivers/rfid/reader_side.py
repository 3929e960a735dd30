"""What a reader says in LLRP, for the simulator: capabilities, greetings, reports, answers."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.errors import RemoteProtocolError
from drivers.rfid.field import Reading
from drivers.rfid.llrp_wire import Parameter, first, parameters, tlv, tv, unpacked

CONNECTED, ALREADY_CONNECTED = 0, 2
UNSUPPORTED_MESSAGE, UNSUPPORTED_VERSION, PARAMETER_ERROR, FIELD_ERROR, INVALID = (
    109, 110, 100, 101, 300,
)  # fmt: skip
"""Status codes (LLRP 1.1, section 15.2.1)."""
MODEL, MAKER, FIRMWARE = 1, 0, b"reprise-sim 1"
DISABLED, INACTIVE, ACTIVE = 0, 1, 2
STARTED, ENDED = 0, 1
_TAGS_PER_REPORT = 200


@dataclass(slots=True)
class RoSpec:
    """A reader operation, as far as a simulator needs to know it."""

    ident: int
    raw: bytes
    """The parameter's value, given back by GET_ROSPECS."""
    state: int = DISABLED
    immediate: bool = False
    duration_ms: int = 0
    """0: until it is stopped."""
    round_ms: int = 0
    """Duration of its antenna inventory; 0 when that has none."""
    report_each: bool = False
    """Reports come with every antenna inventory, not only at the end."""
    report_after: int = 0
    """... or after so many tags; 0: not."""
    content: int = 0xFFC0
    due: bool = False
    """To be started, behind the answer."""
    ended: bool = False
    """It has run: an immediate one does not begin again by itself."""


def status(code: int = 0, words: str = "") -> bytes:
    """Return an LLRPStatus."""
    text = words.encode("utf-8")
    return tlv(Parameter.LLRP_STATUS, struct.pack(">HH", code, len(text)) + text)


def event(at_us: int, inner: bytes) -> bytes:
    """Return the body of a READER_EVENT_NOTIFICATION."""
    when = tlv(Parameter.UTC_TIMESTAMP, struct.pack(">Q", at_us))
    return tlv(Parameter.READER_EVENT, when + inner)


def connection_attempt(code: int) -> bytes:
    """Return a ConnectionAttemptEvent."""
    return tlv(Parameter.CONNECTION_ATTEMPT, struct.pack(">H", code))


def rospec_event(what: int, ident: int) -> bytes:
    """Return an ROSpecEvent."""
    return tlv(Parameter.ROSPEC_EVENT, struct.pack(">BII", what, ident, 0))


def antenna_event(*, connected: bool, antenna: int = 1) -> bytes:
    """Return an AntennaEvent."""
    return tlv(Parameter.ANTENNA_EVENT, struct.pack(">BH", connected, antenna))


def capabilities() -> bytes:
    """Return the capabilities of a small European reader with one antenna."""
    general = tlv(
        Parameter.GENERAL_CAPABILITIES,
        struct.pack(">HHIIH", 1, 0x4000, MAKER, MODEL, len(FIRMWARE))
        + FIRMWARE
        + tlv(Parameter.RECEIVE_SENSITIVITY, struct.pack(">HH", 1, 0))
        + tlv(Parameter.GPIO_CAPABILITIES, struct.pack(">HH", 0, 0))
        + tlv(Parameter.ANTENNA_AIR_PROTOCOL, struct.pack(">HHB", 1, 1, 1)),
    )
    limits = tlv(Parameter.LLRP_CAPABILITIES, struct.pack(">BBHIIIII", 0, 1, 0, 8, 1, 1, 0, 0))
    powers = b"".join(
        tlv(Parameter.TRANSMIT_POWER, struct.pack(">Hh", number, 1000 + 100 * number))
        for number in range(1, 21)
    )
    channels = (865_700, 866_300, 866_900, 867_500)
    fixed = tlv(Parameter.FIXED_FREQUENCIES, struct.pack(">H4I", len(channels), *channels))
    mode = struct.pack(">IBBBBIIIII", 0, 0x80, 2, 2, 2, 250_000, 2000, 12_500, 25_000, 12_500)
    band = tlv(
        Parameter.UHF_BAND,
        powers
        + tlv(Parameter.FREQUENCIES, b"\0" + fixed)
        + tlv(Parameter.RF_MODES, tlv(Parameter.RF_MODE, mode)),
    )
    # 250: France (ISO 3166); 2: ETSI EN 302 208.
    regulatory = tlv(Parameter.REGULATORY_CAPABILITIES, struct.pack(">HH", 250, 2) + band)
    air = tlv(Parameter.C1G2_CAPABILITIES, struct.pack(">BH", 0, 1))
    return general + limits + regulatory + air


def read_rospec(body: bytes) -> RoSpec:
    """Return the ROSpec of an ADD_ROSPEC. Raises RemoteProtocolError."""
    raw = first(body, Parameter.ROSPEC)
    if raw is None:
        raise RemoteProtocolError("there is no ROSpec")
    ident, _, state = unpacked(">IBB", raw)
    if ident == 0 or state != DISABLED:
        raise RemoteProtocolError("a new ROSpec is disabled and has a number")
    spec = RoSpec(ident, raw)
    for kind, value in parameters(raw[6:]):
        if kind == Parameter.RO_BOUNDARY:
            _read_boundary(spec, value)
        elif kind == Parameter.AI_SPEC:
            _read_inventory(spec, value)
        elif kind == Parameter.RO_REPORT_SPEC:
            trigger, spec.report_after = unpacked(">BH", value)
            spec.report_each = trigger == 1
            content = first(value[3:], Parameter.TAG_CONTENT)
            spec.content = unpacked(">H", content)[0] if content is not None else 0
    return spec


def _read_boundary(spec: RoSpec, value: bytes) -> None:
    start, stop = first(value, Parameter.RO_START), first(value, Parameter.RO_STOP)
    if start is None or stop is None:
        raise RemoteProtocolError("an ROSpec has a start and a stop")
    spec.immediate = unpacked(">B", start)[0] == 1
    kind, duration = unpacked(">BI", stop)
    spec.duration_ms = duration if kind == 1 else 0


def _read_inventory(spec: RoSpec, value: bytes) -> None:
    (count,) = unpacked(">H", value)
    stop = first(value[2 + 2 * count :], Parameter.AI_STOP)
    if stop is not None:
        kind, duration = unpacked(">BI", stop)
        spec.round_ms = duration if kind == 1 else 0


def reports(spec: RoSpec, seen: Iterable[Reading]) -> list[bytes]:
    """Return the bodies of the RO_ACCESS_REPORTs of what was seen."""
    tags = [_tag(spec, reading) for reading in seen]
    return [
        b"".join(tags[at : at + _TAGS_PER_REPORT]) for at in range(0, len(tags), _TAGS_PER_REPORT)
    ]


def _tag(spec: RoSpec, reading: Reading) -> bytes:
    raw = bytes.fromhex(reading.epc)
    if len(raw) == 12:
        epc = tv(Parameter.EPC_96, raw)
    else:
        epc = tlv(Parameter.EPC_DATA, struct.pack(">H", 8 * len(raw)) + raw)
    fields = (
        (0x8000, Parameter.ROSPEC_ID, struct.pack(">I", spec.ident)),
        (0x4000, Parameter.SPEC_INDEX, struct.pack(">H", 1)),
        (0x2000, Parameter.INVENTORY_SPEC_ID, struct.pack(">H", 1)),
        (0x1000, Parameter.ANTENNA_ID, struct.pack(">H", 1)),
        (0x0400, Parameter.PEAK_RSSI, struct.pack(">b", reading.rssi_dbm)),
        (0x0800, Parameter.CHANNEL_INDEX, struct.pack(">H", 1)),
        (0x0200, Parameter.FIRST_SEEN_UTC, struct.pack(">Q", reading.first_us)),
        (0x0100, Parameter.LAST_SEEN_UTC, struct.pack(">Q", reading.last_us)),
        (0x0080, Parameter.TAG_SEEN_COUNT, struct.pack(">H", reading.count)),
        (0x0040, Parameter.ACCESSSPEC_ID, struct.pack(">I", 0)),
    )
    wanted = b"".join(tv(kind, value) for bit, kind, value in fields if spec.content & bit)
    return tlv(Parameter.TAG_REPORT, epc + wanted)
