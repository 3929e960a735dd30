"""sllurp, an LLRP client written by others, inventories the tags of our simulated reader.

It is under GPL-3: installed into ``build/`` for this test alone, run as a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.rfid.simulator import RfidSimulator
from drivers.serve import SimulatorServer

HERE = Path(__file__).parent
HOME = Path("build/interop/sllurp")
INSTALL_S, CLIENT_S, READ_S = 300, 60, 3
VERSION = "3.0.5"


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the interpreter of an environment that has the client."""
    python = HOME / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True, timeout=INSTALL_S)
    install = [python, "-m", "pip", "install", "--quiet", f"sllurp=={VERSION}"]
    subprocess.run(install, check=True, timeout=INSTALL_S)
    return python


def client(python: Path, server: SimulatorServer) -> subprocess.CompletedProcess[str]:
    _, host, port = server.address.split(":")
    return subprocess.run(
        [python, HERE / "sllurp_client.py", host, port, str(READ_S)],
        capture_output=True,
        text=True,
        timeout=CLIENT_S,
        check=False,
    )


def test_a_foreign_client_reads_every_tag_once(python):
    reader = RfidSimulator()
    placed = reader.control("put", gtin="3270190128724", count=20)["placed"]
    placed += reader.control("put", epc="300833B2DDD9014000000000")["placed"]
    server = SimulatorServer(reader, connections=reader.wires)
    done = client(python, server)
    server.close()
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert sorted(said["seen"]) == sorted(placed)
    assert "reprise-sim" in said["firmware"]
    assert not reader.look()["reading"]
