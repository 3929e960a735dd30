"""LLRP on the wire, sans-IO: messages and parameters (EPCglobal LLRP 1.0.1 and 1.1, section 16).

A message is a head of ten bytes (3 bits reserved, 3 version, 10 type; 32 length with the head; 32
message id) and parameters.  A parameter is TLV (6 bits zero, 10 type, 16 length with its head of
four) or TV (first bit set, 7 type, a length known by the type).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from drivers.errors import RemoteProtocolError

VERSION_1_0_1, VERSION_1_1 = 1, 2
HEAD_BYTES = 10
MAX_MESSAGE_BYTES = 262_144
"""Longest message taken in: capabilities have some thousand bytes, 1,000 tags 60,000."""


class Message(IntEnum):
    """Types of messages (section 16.1)."""

    GET_READER_CAPABILITIES = 1
    GET_READER_CONFIG = 2
    SET_READER_CONFIG = 3
    CLOSE_CONNECTION_RESPONSE = 4
    GET_READER_CAPABILITIES_RESPONSE = 11
    GET_READER_CONFIG_RESPONSE = 12
    SET_READER_CONFIG_RESPONSE = 13
    CLOSE_CONNECTION = 14
    ADD_ROSPEC = 20
    DELETE_ROSPEC = 21
    START_ROSPEC = 22
    STOP_ROSPEC = 23
    ENABLE_ROSPEC = 24
    DISABLE_ROSPEC = 25
    GET_ROSPECS = 26
    ADD_ROSPEC_RESPONSE = 30
    DELETE_ROSPEC_RESPONSE = 31
    START_ROSPEC_RESPONSE = 32
    STOP_ROSPEC_RESPONSE = 33
    ENABLE_ROSPEC_RESPONSE = 34
    DISABLE_ROSPEC_RESPONSE = 35
    GET_ROSPECS_RESPONSE = 36
    ADD_ACCESSSPEC = 40
    DELETE_ACCESSSPEC = 41
    ENABLE_ACCESSSPEC = 42
    DISABLE_ACCESSSPEC = 43
    GET_ACCESSSPECS = 44
    GET_SUPPORTED_VERSION = 46
    SET_PROTOCOL_VERSION = 47
    DELETE_ACCESSSPEC_RESPONSE = 51
    GET_ACCESSSPECS_RESPONSE = 54
    GET_SUPPORTED_VERSION_RESPONSE = 56
    SET_PROTOCOL_VERSION_RESPONSE = 57
    GET_REPORT = 60
    RO_ACCESS_REPORT = 61
    KEEPALIVE = 62
    READER_EVENT_NOTIFICATION = 63
    ENABLE_EVENTS_AND_REPORTS = 64
    KEEPALIVE_ACK = 72
    ERROR_MESSAGE = 100
    CUSTOM_MESSAGE = 1023


class Parameter(IntEnum):
    """Types of the parameters that are used here (section 16.2)."""

    ANTENNA_ID = 1
    FIRST_SEEN_UTC = 2
    FIRST_SEEN_UPTIME = 3
    LAST_SEEN_UTC = 4
    LAST_SEEN_UPTIME = 5
    PEAK_RSSI = 6
    CHANNEL_INDEX = 7
    TAG_SEEN_COUNT = 8
    ROSPEC_ID = 9
    INVENTORY_SPEC_ID = 10
    C1G2_CRC = 11
    C1G2_PC = 12
    EPC_96 = 13
    SPEC_INDEX = 14
    CLIENT_REQUEST_RESULT = 15
    ACCESSSPEC_ID = 16
    OPSPEC_ID = 17
    C1G2_SINGULATION = 18
    C1G2_XPC_W1 = 19
    C1G2_XPC_W2 = 20
    UTC_TIMESTAMP = 128
    UPTIME = 129
    GENERAL_CAPABILITIES = 137
    GPIO_CAPABILITIES = 141
    LLRP_CAPABILITIES = 142
    REGULATORY_CAPABILITIES = 143
    RECEIVE_SENSITIVITY = 139
    ANTENNA_AIR_PROTOCOL = 140
    UHF_BAND = 144
    TRANSMIT_POWER = 145
    FREQUENCIES = 146
    FIXED_FREQUENCIES = 148
    ROSPEC = 177
    RO_BOUNDARY = 178
    RO_START = 179
    RO_STOP = 182
    AI_SPEC = 183
    AI_STOP = 184
    INVENTORY_SPEC = 186
    IDENTIFICATION = 218
    KEEPALIVE_SPEC = 220
    ANTENNA_PROPERTIES = 221
    RO_REPORT_SPEC = 237
    TAG_CONTENT = 238
    TAG_REPORT = 240
    EPC_DATA = 241
    EVENT_NOTIFICATION_SPEC = 244
    EVENT_NOTIFICATION_STATE = 245
    READER_EVENT = 246
    ROSPEC_EVENT = 249
    BUFFER_OVERFLOW = 251
    ANTENNA_EVENT = 255
    CONNECTION_ATTEMPT = 256
    CONNECTION_CLOSE = 257
    LLRP_STATUS = 287
    C1G2_CAPABILITIES = 327
    RF_MODES = 328
    RF_MODE = 329


_TV_BYTES = {1: 2, 2: 8, 3: 8, 4: 8, 5: 8, 6: 1, 7: 2, 8: 2, 9: 4, 10: 2, 11: 2, 12: 2, 13: 12,
             14: 2, 15: 2, 16: 4, 17: 2, 18: 4, 19: 2, 20: 2}  # fmt: skip
"""Type of a TV parameter -> bytes of its value."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    version: int
    type: int
    ident: int
    body: bytes = b""

    def spell(self) -> bytes:
        """Return the message as it stands on the wire."""
        head = (self.version & 7) << 10 | self.type & 0x3FF
        return struct.pack(">HII", head, HEAD_BYTES + len(self.body), self.ident) + self.body


class FrameReader:
    """Finds messages in a stream, however it is split; holds MAX_MESSAGE_BYTES at most.

    LLRP has no mark to find a message by: after a head that makes no sense nothing on the
    connection can be trusted, and it has to be closed.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def receive(self, data: bytes) -> list[Frame]:
        """Take bytes in; return the messages that are complete now.

        Raises:
            RemoteProtocolError: this is no LLRP.
        """
        self._held += data
        frames: list[Frame] = []
        while len(self._held) >= HEAD_BYTES:
            head, length, ident = struct.unpack_from(">HII", self._held)
            version = head >> 10 & 7
            if head >> 13 or not VERSION_1_0_1 <= version <= VERSION_1_1:
                self._held.clear()
                raise RemoteProtocolError(f"head {head:04x} is no LLRP 1.0.1 or 1.1")
            if not HEAD_BYTES <= length <= MAX_MESSAGE_BYTES:
                self._held.clear()
                raise RemoteProtocolError(f"a message of {length} bytes is none of LLRP")
            if len(self._held) < length:
                break
            body = bytes(self._held[HEAD_BYTES:length])
            del self._held[:length]
            frames.append(Frame(version, head & 0x3FF, ident, body))
        return frames


def tlv(kind: int, value: bytes = b"") -> bytes:
    """Return a TLV parameter."""
    return struct.pack(">HH", kind & 0x3FF, 4 + len(value)) + value


def tv(kind: int, value: bytes) -> bytes:
    """Return a TV parameter; its value has the length that its type wants."""
    return bytes([0x80 | kind]) + value


def parameters(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, value) of the parameters that follow one another.

    Raises:
        RemoteProtocolError: a length leads out of the data, or a TV type is not known.
    """
    at = 0
    while at < len(data):
        if data[at] & 0x80:
            kind = data[at] & 0x7F
            size = _TV_BYTES.get(kind)
            if size is None:
                raise RemoteProtocolError(f"TV parameter {kind} is not known")
            start, end = at + 1, at + 1 + size
        else:
            if len(data) - at < 4:
                raise RemoteProtocolError("a parameter's head is cut")
            kind, length = struct.unpack_from(">HH", data, at)
            if length < 4:
                raise RemoteProtocolError(f"parameter {kind} has {length} bytes")
            start, end = at + 4, at + length
        if end > len(data):
            raise RemoteProtocolError(f"parameter {kind} leads out of its message")
        yield kind & 0x3FF, data[start:end]
        at = end


def first(data: bytes, kind: int) -> bytes | None:
    """Return the value of the first parameter of a type. Raises RemoteProtocolError."""
    return next((value for found, value in parameters(data) if found == kind), None)


def unpacked(layout: str, value: bytes) -> tuple[int, ...]:
    """Unpack the beginning of a value. Raises RemoteProtocolError when it is too short."""
    try:
        return struct.unpack_from(layout, value)
    except struct.error as error:
        raise RemoteProtocolError(f"{len(value)} bytes are too few for {layout}") from error
