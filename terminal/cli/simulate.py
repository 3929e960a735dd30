"""One simulated device as its own process, for tills of any make: a socket or a line, and knobs.

The first line on stdout says where it listens.  Each line on stdin turns a knob (``{"action":
"next", "outcome": "decline"}``) and is answered by one line that says what can be seen then.
SIGTERM ends it; so does ``kill -9``, and what it keeps under ``--memory`` is as true as before.
"""

from __future__ import annotations

import argparse
import json
import signal
import ssl
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from drivers.cash.simulator import CashDroSimulator
from drivers.fault_script import check, load
from drivers.faults import RECORD, Faults
from drivers.payment.nexo.certificate import NAME, make_certificate
from drivers.payment.simulator import PoiEngine
from drivers.scale.simulator import ScaleSimulator
from drivers.serve import SimulatorServer
from drivers.serve_line import LineServer
from drivers.simulation import SimulatedDevice, UnknownAction
from drivers.simulators import Bench, poi_simulator, scale_simulator
from drivers.transports.address import BadAddress
from terminal.cli import printer_paper
from terminal.cli.wire import MAX_LINE_BYTES, BadRequest, Fields, parse
from terminal.clock import SystemClock
from terminal.settings import ConfigError

Server = SimulatorServer | LineServer

PROTOCOL_NAMES = {"concert": "concert-e"}
"""Other names of protocols: a simulated Concert terminal speaks E and E+."""
SCALES = {"scale": "dialog-06", "bagging_scale": "toledo-8217"}
"""Scale -> what it speaks when nothing else is said."""
ENDINGS = (signal.SIGTERM, signal.SIGINT)
CERTIFICATE = "poi-certificate.pem"
MAX_PORT = 65535


def run(options: argparse.Namespace) -> int:
    """``reprise simulate``: serve one device until SIGTERM or SIGINT."""
    on_paper = options.decode is not None or options.tokens or options.out is not None
    if on_paper and options.device != "printer":
        raise ConfigError(f"--decode, --tokens and --out are a printer's, not a {options.device}'s")
    if options.decode is not None:
        return printer_paper.decode(options)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)  # before any thread, so that all inherit it
    protocol = PROTOCOL_NAMES.get(options.protocol, options.protocol)
    if options.memory is not None:
        options.memory.mkdir(parents=True, exist_ok=True)
    try:
        parts = _parts(options, protocol)
        simulator = parts[0]
        _prepare(simulator, options)
        faults = _faults(parts, options)
        server = _serve(parts[-1], options.listen, options.memory)
    except (UnknownAction, BadAddress) as error:
        raise ConfigError(str(error)) from error
    where = _address(server, options.listen, options.memory)
    speaks = _speaks(simulator, options.device, protocol)
    _say({"listening": True, "device": options.device, **speaks, "address": where})
    # Unbuffered: a thread that waits in a buffer holds its lock, and the program could not end.
    knobs = FileIO(sys.stdin.fileno(), closefd=False)
    threading.Thread(target=_turn_knobs, args=(parts, knobs), name="knobs", daemon=True).start()
    if faults is not None:
        faults.play(load(options.faults), options.seed or None)
    signal.sigwait(ENDINGS)
    if faults is not None:
        faults.stop()
    server.close()
    return 0


def _parts(options: argparse.Namespace, protocol: str) -> tuple[SimulatedDevice, ...]:
    """Return the device, what hangs with it, and last the one that has the wire.

    A drawer hangs on a printer: the wire is the printer's.
    """
    name, memory = options.device, options.memory
    if name == "printer":
        printer, drawer = printer_paper.printer(options)
        return printer, drawer, printer
    if name == "drawer":
        bench = Bench(memory, options.seed)
        return bench.drawer, bench.printer
    return (_device(options, protocol),)


def _faults(parts: Sequence[SimulatedDevice], options: argparse.Namespace) -> Faults | None:
    """See that the fault script can be played on these. Raises UnknownAction."""
    if not options.faults:
        return None
    devices = {part.name: part for part in parts}
    check(load(options.faults), devices)
    return Faults(devices, record=options.memory and options.memory / RECORD)


def _device(options: argparse.Namespace, protocol: str) -> SimulatedDevice:
    name, memory, seed = options.device, options.memory, options.seed
    if name in SCALES:
        default = SCALES[name]
        return scale_simulator(default if protocol == "simple" else protocol, seed)
    if name != "poi":
        return Bench(memory, seed).simulators[name]
    if protocol == "cashdro":
        return CashDroSimulator(memory and memory / "cash.jsonl")
    return poi_simulator(protocol, memory and memory / "poi.jsonl", seed)


def _speaks(simulator: SimulatedDevice, device: str, protocol: str) -> Mapping[str, str]:
    if isinstance(simulator, ScaleSimulator):
        return {"protocol": simulator.protocol}
    return {"protocol": protocol} if device == "poi" else {}


def _prepare(simulator: SimulatedDevice, options: argparse.Namespace) -> None:
    """Put the scanner's kind, the cardholder and the ledger in place. Raises UnknownAction."""
    if options.personality:
        simulator.control("personality", name=options.personality)
    if options.ledger is not None:
        if not isinstance(simulator, PoiEngine | CashDroSimulator):
            raise UnknownAction(f"a {simulator.name} has no ledger")
        options.ledger.parent.mkdir(parents=True, exist_ok=True)
        simulator.keep_ledger(options.ledger)
    if options.keys:
        simulator.control("auto", on=False)
    if options.outcome and isinstance(simulator, CashDroSimulator):
        raise UnknownAction(f"--outcome: {simulator.name} has no outcome to choose, only pieces")
    for outcome in options.outcome:
        simulator.control("next", outcome=outcome)


def _serve(simulator: SimulatedDevice, url: str, memory: Path | None) -> Server:
    """Listen. Raises BadAddress and OSError."""
    scheme, _, rest = url.partition(":")
    if scheme == "pty":
        return LineServer(simulator, Path(rest) if rest else None)
    host, _, port = rest.rpartition(":")
    if scheme not in ("tcp", "tls") or not host or not port.isdecimal() or int(port) > MAX_PORT:
        raise BadAddress(f"{url!r} is not tcp:HOST:PORT, tls:HOST:PORT or pty:[PATH]")
    return SimulatorServer(
        simulator,
        host.strip("[]"),
        int(port),
        connections=simulator.wires,
        tls=_encryption(memory) if scheme == "tls" else None,
    )


def _encryption(memory: Path | None) -> ssl.SSLContext:
    """Return what proves who we are: a certificate in the memory folder, made when there is none.

    Raises BadAddress without such a folder.
    """
    if memory is None:
        raise BadAddress("tls needs --memory: the certificate to trust is kept there")
    certificate, key = memory / CERTIFICATE, memory / "poi-key.pem"
    if not key.exists():
        now = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
        certificate, key = make_certificate(memory, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _address(server: Server, listen: str, memory: Path | None) -> str:
    """Return what a terminal's settings call this place."""
    if not listen.startswith("tls:") or memory is None:
        return server.address
    trusted = urlencode({"ca": str((memory / CERTIFICATE).resolve()), "name": NAME})
    return f"tls:{server.address.partition(':')[2]}?{trusted}"


def _turn_knobs(parts: Sequence[SimulatedDevice], source: FileIO) -> None:
    """Answer every line of the input by one line, until it ends."""
    while line := source.readline(MAX_LINE_BYTES + 1):
        if line.strip():
            _say(_turned(parts, line))


def _turned(parts: Sequence[SimulatedDevice], line: bytes) -> Mapping[str, Any]:
    try:
        given = Fields(parse(line))
        simulator = _part(parts, given.text("device", parts[0].name))
        parameters = dict(given.rest("device", "action"))
        return {"ok": True, **simulator.control(given.text("action", "look"), **parameters)}
    except (BadRequest, UnknownAction, TypeError) as error:
        return {"ok": False, "why": str(error)}


def _part(parts: Sequence[SimulatedDevice], name: str) -> SimulatedDevice:
    for part in parts:
        if part.name == name:
            return part
    raise UnknownAction(f"there is no {name!r} here, only {', '.join(one.name for one in parts)}")


def _say(value: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
