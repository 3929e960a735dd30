"""A disk served to an emulated machine: the NBD protocol, newstyle, over a socket of this machine.

Follows the NBD specification (doc/proto.md of the NetworkBlockDevice project): fixed newstyle
handshake, options EXPORT_NAME, GO, INFO and ABORT, simple replies, flush and FUA.  One client; what
it asks is done in order, one after the other.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from pathlib import Path
from typing import Protocol

from tests.power_cuts.lossy import DiskError

MAGIC = 0x4E42444D41474943
OPTION_MAGIC = 0x49484156454F5054
REPLY_MAGIC = 0x3E889045565A9
REQUEST, SIMPLE_REPLY = 0x25609513, 0x67446698
FIXED_NEWSTYLE, NO_ZEROES = 1, 2
EXPORT_NAME, ABORT, INFO, GO = 1, 2, 6, 7
ACK, INFO_REPLY, UNSUPPORTED = 1, 3, 0x8000_0001
HAS_FLAGS, SEND_FLUSH, SEND_FUA = 1, 4, 8
FLAGS = HAS_FLAGS | SEND_FLUSH | SEND_FUA
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
FUA = 1
EIO, EINVAL = 5, 22
MAX_BYTES = 32 << 20
"""Of one request: what the specification lets a client assume."""
MAX_OPTION = 65_536


class Disk(Protocol):
    """What is served."""

    size: int
    dead: bool

    def read(self, offset: int, length: int) -> bytes: ...
    def write(self, offset: int, content: bytes, *, through: bool = False) -> None: ...
    def flush(self) -> None: ...


class _Gone(Exception):
    """The client left, or says what the protocol does not know."""


class Server:
    """Serves a disk to the first client of a socket, on a thread of its own."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._line: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._serve, name=f"nbd {path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        for end in (self._listener, self._line):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        try:
            self._line, _ = self._listener.accept()
            with self._line:
                self._greet()
                while not self._disk.dead:
                    self._request()
        except (_Gone, OSError):
            return

    def _read(self, length: int) -> bytes:
        assert self._line is not None
        found = bytearray()
        while len(found) < length:
            part = self._line.recv(min(length - len(found), 1 << 20))
            if not part:
                raise _Gone
            found += part
        return bytes(found)

    def _send(self, *parts: bytes) -> None:
        assert self._line is not None
        self._line.sendall(b"".join(parts))

    # --- handshake --------------------------------------------------------------------------------

    def _greet(self) -> None:
        self._send(struct.pack(">QQH", MAGIC, OPTION_MAGIC, FIXED_NEWSTYLE | NO_ZEROES))
        (theirs,) = struct.unpack(">I", self._read(4))
        while True:
            magic, option, length = struct.unpack(">QII", self._read(16))
            if magic != OPTION_MAGIC or length > MAX_OPTION:
                raise _Gone
            self._read(length)
            if option == EXPORT_NAME:
                zeroes = b"" if theirs & NO_ZEROES else bytes(124)
                self._send(struct.pack(">QH", self._disk.size, FLAGS), zeroes)
                return
            if option in (GO, INFO):
                self._reply(option, INFO_REPLY, struct.pack(">HQH", 0, self._disk.size, FLAGS))
            known = option in (GO, INFO, ABORT)
            self._reply(option, ACK if known else UNSUPPORTED)
            if option == GO:
                return
            if option == ABORT:
                raise _Gone

    def _reply(self, option: int, kind: int, content: bytes = b"") -> None:
        self._send(struct.pack(">QIII", REPLY_MAGIC, option, kind, len(content)), content)

    # --- transmission -----------------------------------------------------------------------------

    def _request(self) -> None:
        head = struct.unpack(">IHHQQI", self._read(28))
        magic, flags, kind, cookie, offset, length = head
        if magic != REQUEST or kind == DISCONNECT or length > MAX_BYTES:
            raise _Gone
        content = self._read(length) if kind == WRITE else b""
        error, found = 0, b""
        try:
            match kind:
                case 0:
                    found = self._disk.read(offset, length)
                case 1:
                    self._disk.write(offset, content, through=bool(flags & FUA))
                case 3:
                    self._disk.flush()
                case _:
                    error = EINVAL
        except DiskError:
            error = EIO
        if self._disk.dead:
            raise _Gone
        self._send(struct.pack(">IIQ", SIMPLE_REPLY, error, cookie), found)
