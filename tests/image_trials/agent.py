"""What obeys the trials within the machine: brought by the emulator, never part of the image.

systemd takes units from whoever starts the machine (``systemd.extra-unit.*`` and
``systemd.unit-dropin.*``, systemd.system-credentials(7)), on a virtual machine only from its
emulator.  On a Raspberry Pi nobody can give any, and the image holds nothing of this.
"""

from __future__ import annotations

import base64
from pathlib import Path

FW_CFG, FW_CFG_MOST = "opt/io.systemd.credentials/", 55
"""Where systemd looks for them among what QEMU hands over, and how long a name may be there."""
GATE_S = 3000
"""Time that a new version is given to be healthy on an emulated processor, seconds."""
UNIT = """[Unit]
Description=The trials' hands
[Service]
ExecStart=/usr/bin/python3 /run/credentials/@system/trial.agent {tty}
"""
PATIENT = "[Service]\nWatchdogSec=600\nTimeoutStartSec=3600\nTimeoutStopSec=600\n"
"""For a machine that draws by an emulated processor: its first frame may take a minute."""
PATIENT_HELPER = "[Service]\nTimeoutStartSec=3600\n"
"""For all that is of ours beside it: starting Python takes such a machine half a minute."""
PATIENT_GATE = """[Service]
ExecStart=
ExecStart=/opt/reprise/bin/reprise update confirm --data /var/lib/reprise \
  --limit-s {limit_s} --frame-limit-ms 600000 --stale-s 300
"""
"""The health gate: what it asks for is the same, only its patience is another."""
WANTED = """[Unit]
Wants=trial-agent.service
"""
PROGRAM = r"""
import json, os, subprocess, sys, tty
line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(line)
console = None
def say(value):
    data = json.dumps(value).encode() + b"\n"
    while data:
        data = data[os.write(line, data):]
def read():
    found = b""
    while not found.endswith(b"\n"):
        found += os.read(line, 4096)
    return json.loads(found)
def carry_out(order):
    global console
    if "run" in order:
        done = subprocess.run(order["run"], capture_output=True, text=True, errors="replace")
        return {"code": done.returncode, "out": done.stdout[-20000:], "err": done.stderr[-4000:]}
    if "console" in order:
        console = subprocess.Popen(order["console"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return {"said": console.stdout.readline().decode()}
    if "line" in order:
        console.stdin.write(order["line"].encode() + b"\n")
        console.stdin.flush()
        return {"said": console.stdout.readline().decode()}
    console.stdin.close()
    return {"code": console.wait()}
say({"agent": True})
while True:
    order = read()
    try:
        say(carry_out(order))
    except Exception as error:
        say({"error": repr(error)})
"""


def credentials(tty: str, *, gate_s: int = GATE_S) -> dict[str, str]:
    """Return what the emulator passes, by name."""
    return {
        "systemd.extra-unit.trial-agent.service": UNIT.format(tty=f"/dev/{tty}"),
        "systemd.unit-dropin.multi-user.target": WANTED,
        "systemd.unit-dropin.terminal.service": PATIENT,
        "systemd.unit-dropin.reprise-.service": PATIENT_HELPER,
        "systemd.unit-dropin.reprise-confirm.service": PATIENT_GATE.format(limit_s=gate_s),
        "trial.agent": PROGRAM,
    }


def arguments(architecture: str, tty: str, folder: Path, *, gate_s: int = GATE_S) -> list[str]:
    """Return the emulator's arguments that pass them; their files go into the folder."""
    given: list[str] = []
    for name, text in credentials(tty, gate_s=gate_s).items():
        file = folder / f"{name}.credential"
        if architecture == "amd64":
            file.write_text(f"io.systemd.credential.binary:{name}={_coded(text)}", encoding="ascii")
            given += ["-smbios", f"type=11,path={file}"]
        elif len(FW_CFG + name) <= FW_CFG_MOST:
            file.write_text(text, encoding="utf-8")
            given += ["-fw_cfg", f"name={FW_CFG}{name},file={file}"]
    return given


def words(architecture: str, tty: str, *, gate_s: int = GATE_S) -> str:
    """Return what is passed on the kernel's command line: what ``arguments`` has no place for.

    A machine of arm64 that is started without a firmware has no SMBIOS, and names of its other
    way are short.  The command line of that kernel ends at 2,048 characters.
    """
    if architecture == "amd64":
        return ""
    passed = credentials(tty, gate_s=gate_s).items()
    long = [(name, text) for name, text in passed if len(FW_CFG + name) > FW_CFG_MOST]
    return " ".join(f"systemd.set_credential_binary={name}:{_coded(text)}" for name, text in long)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
