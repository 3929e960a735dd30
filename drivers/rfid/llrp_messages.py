"""What our client says in LLRP, and what it understands of the answers, sans-IO.

The conversation (LLRP 1.1, section 6): the reader greets with READER_EVENT_NOTIFICATION; we ask
what it can, set keep-alive and reports, put one ROSpec in place, start it for an inventory, and
stop it by its own time.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from drivers.errors import DeviceFault, RemoteProtocolError
from drivers.rfid.base import MAX_EPC_BYTES, Sighting
from drivers.rfid.llrp_wire import Message, Parameter, first, parameters, tlv, unpacked

ROSPEC_ID = 1
ALL_ROSPECS = 0
SUCCESS = 0
_CONNECTED, _BUSY = 0, (1, 2, 4)
"""ConnectionAttemptEvent: success; a connection exists already, or is being attempted."""
_GEN2 = 1
_NULL_TRIGGER, _DURATION_TRIGGER, _PERIODIC = 0, 1, 1
_AT_END_OF_ROSPEC = 2
_CONTENT = 0x1000 | 0x0400 | 0x0200 | 0x0100 | 0x0080
"""AntennaID, PeakRSSI, FirstSeenTimestamp, LastSeenTimestamp and TagSeenCount are reported."""
_EVENTS_WANTED = (2, 3, 8)
"""ROSpec, report buffer fill and antenna events (EventNotificationState)."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What we keep of a reader's capabilities."""

    antennas: int = 0
    maker: int = 0
    """IANA private enterprise number: 25882 Impinj, 161 Motorola and Zebra."""
    model: int = 0
    firmware: str = ""

    @property
    def detail(self) -> str:
        """Return maker, model and firmware for a person."""
        makers = {25882: "Impinj", 161: "Zebra", 0: ""}
        name = makers.get(self.maker, f"PEN {self.maker}")
        return f"{name} {self.model} {self.firmware}".strip()[:80]


# --- what we say ----------------------------------------------------------------------------------


def ask_capabilities() -> bytes:
    """GET_READER_CAPABILITIES: all."""
    return b"\0"


def ask_identification() -> bytes:
    """GET_READER_CONFIG: the reader's identification alone, the shortest question there is."""
    return struct.pack(">HBHH", 0, 1, 0, 0)


def set_config(keep_alive_ms: int) -> bytes:
    """SET_READER_CONFIG: keep-alive, events, and reports of whole inventories."""
    events = b"".join(
        tlv(Parameter.EVENT_NOTIFICATION_STATE, struct.pack(">HB", event, 0x80))
        for event in _EVENTS_WANTED
    )
    return (
        b"\0"
        + tlv(Parameter.EVENT_NOTIFICATION_SPEC, events)
        + _report_spec()
        + tlv(Parameter.KEEPALIVE_SPEC, struct.pack(">BI", _PERIODIC, keep_alive_ms))
    )


def rospec_ident(ident: int) -> bytes:
    """DELETE, ENABLE, START and STOP name the ROSpec; 0 means all."""
    return struct.pack(">I", ident)


def add_rospec(duration_ms: int) -> bytes:
    """ADD_ROSPEC: all antennas, Gen2, started by us, ended by its duration, reported at its end."""
    start = tlv(Parameter.RO_START, bytes([_NULL_TRIGGER]))
    stop = tlv(Parameter.RO_STOP, struct.pack(">BI", _DURATION_TRIGGER, duration_ms))
    boundary = tlv(Parameter.RO_BOUNDARY, start + stop)
    antennas = struct.pack(">HH", 1, 0)  # one entry, 0: all of them
    ai_stop = tlv(Parameter.AI_STOP, struct.pack(">BI", _NULL_TRIGGER, 0))
    inventory = tlv(Parameter.INVENTORY_SPEC, struct.pack(">HB", 1, _GEN2))
    ai_spec = tlv(Parameter.AI_SPEC, antennas + ai_stop + inventory)
    head = struct.pack(">IBB", ROSPEC_ID, 0, 0)  # priority 0, disabled until it is enabled
    return tlv(Parameter.ROSPEC, head + boundary + ai_spec + _report_spec())


def _report_spec() -> bytes:
    content = tlv(Parameter.TAG_CONTENT, struct.pack(">H", _CONTENT))
    return tlv(Parameter.RO_REPORT_SPEC, struct.pack(">BH", _AT_END_OF_ROSPEC, 0) + content)


# --- what we understand ---------------------------------------------------------------------------


def check_status(what: Message, body: bytes) -> None:
    """Check the LLRPStatus of an answer.

    Raises:
        DeviceFault: the reader refused, in its own words.
        RemoteProtocolError: there is no status.
    """
    status = first(body, Parameter.LLRP_STATUS)
    if status is None:
        raise RemoteProtocolError(f"an answer to {what.name} without a status")
    code, length = unpacked(">HH", status)
    if code != SUCCESS:
        words = status[4 : 4 + length].decode("utf-8", "replace")
        raise DeviceFault(f"{what.name}: status {code} {words}"[:160].strip())


def parse_capabilities(body: bytes) -> Capabilities:
    """Return the general capabilities, empty when the reader tells none."""
    general = first(body, Parameter.GENERAL_CAPABILITIES)
    if general is None:
        return Capabilities()
    antennas, _, maker, model, length = unpacked(">HHIIH", general)
    firmware = general[14 : 14 + length].decode("utf-8", "replace")
    return Capabilities(antennas, maker, model, firmware)


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """What a READER_EVENT_NOTIFICATION says, as far as we act upon it."""

    connected: bool | None = None
    """True or False when it is about our connection attempt."""
    busy: bool = False
    """Another client is connected."""
    closing: bool = False
    rospec_ended: bool = False
    overflow: bool = False
    """Reports were lost in the reader."""
    antenna: int = 0
    """An antenna that was connected or disconnected ..."""
    antenna_connected: bool = True


def parse_event(body: bytes) -> ReaderEvent:
    """Return what the reader notifies of. Raises RemoteProtocolError."""
    data = first(body, Parameter.READER_EVENT)
    if data is None:
        raise RemoteProtocolError("a notification without its data")
    event = ReaderEvent()
    for kind, value in parameters(data):
        if kind == Parameter.CONNECTION_ATTEMPT:
            (status,) = unpacked(">H", value)
            event = ReaderEvent(connected=status == _CONNECTED, busy=status in _BUSY)
        elif kind == Parameter.CONNECTION_CLOSE:
            event = ReaderEvent(closing=True)
        elif kind == Parameter.ROSPEC_EVENT:
            what, ident = unpacked(">BI", value)
            event = ReaderEvent(rospec_ended=ident == ROSPEC_ID and what in (1, 2))
        elif kind == Parameter.BUFFER_OVERFLOW:
            event = ReaderEvent(overflow=True)
        elif kind == Parameter.ANTENNA_EVENT:
            what, antenna = unpacked(">BH", value)
            event = ReaderEvent(antenna=antenna, antenna_connected=what == 1)
    return event


def parse_report(body: bytes) -> list[Sighting]:
    """Return the sightings of an RO_ACCESS_REPORT. Raises RemoteProtocolError."""
    return [_sighting(value) for kind, value in parameters(body) if kind == Parameter.TAG_REPORT]


_UNSIGNED = {
    Parameter.ANTENNA_ID: ">H",
    Parameter.TAG_SEEN_COUNT: ">H",
    Parameter.PEAK_RSSI: ">b",
    Parameter.FIRST_SEEN_UTC: ">Q",
    Parameter.LAST_SEEN_UTC: ">Q",
    Parameter.FIRST_SEEN_UPTIME: ">Q",
    Parameter.LAST_SEEN_UPTIME: ">Q",
}


def _sighting(report: bytes) -> Sighting:
    epc = b""
    values: dict[int, int] = {}
    for kind, value in parameters(report):
        if kind == Parameter.EPC_96:
            epc = value
        elif kind == Parameter.EPC_DATA:
            (bits,) = unpacked(">H", value)
            epc = value[2 : 2 + (bits + 7) // 8]
            if len(epc) * 8 < bits:
                raise RemoteProtocolError("an EPC is shorter than it says")
        elif kind in _UNSIGNED:
            values[kind] = unpacked(_UNSIGNED[Parameter(kind)], value)[0]
    if not 0 < len(epc) <= MAX_EPC_BYTES:
        raise RemoteProtocolError(f"a tag report with an EPC of {len(epc)} bytes")
    return Sighting(
        epc=epc.hex().upper(),
        antenna=values.get(Parameter.ANTENNA_ID, 0),
        rssi_dbm=values.get(Parameter.PEAK_RSSI),
        count=max(1, values.get(Parameter.TAG_SEEN_COUNT, 1)),
        first_us=values.get(Parameter.FIRST_SEEN_UTC, values.get(Parameter.FIRST_SEEN_UPTIME)),
        last_us=values.get(Parameter.LAST_SEEN_UTC, values.get(Parameter.LAST_SEEN_UPTIME)),
    )
