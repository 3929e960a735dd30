"""Where things lie on an appliance; image/ and systemd/ make it so, and a test compares them.

On a machine that is no appliance none of this exists, and every reader says so or does without.
"""

from __future__ import annotations

from pathlib import Path

BOOT_SETTINGS = Path("/boot/reprise")
"""The FAT partition that any computer can edit, read-only while selling (PARTLABEL ``bootcfg``)."""
PROVISIONING_FILE = "reprise.toml"
PROVISIONING_RESULT = "reprise-result.txt"
DATA = Path("/var/lib/reprise")
"""The shop's data, on the data partition; the only place the terminal writes to."""
RUN = Path("/run/reprise")
"""The terminal's runtime directory: what it says of itself, gone at a restart of the machine."""
VITALS = RUN / "vitals.json"
"""What the running terminal says of itself, once a second (``appliance/vitals.py``)."""
MAY_RESTART = RUN / "may-restart"
"""Made by the terminal when it is idle and was asked to let the machine restart."""
HEALTH = Path("/run/reprise-health/health.json")
"""What the health service last measured of the machine."""
HEALTH_STATE = Path("/var/lib/reprise-health")
"""What the health service must remember over restarts: extremes of days, how the last run ended."""
SECOND_COPY = Path("/run/reprise-second-copy/state.json")
"""Where the second copy of the journal stands (``appliance/copy_state.py``)."""
UPDATE_RUN = Path("/run/reprise-update")
UPDATE_STATE = UPDATE_RUN / "state.json"
"""Where an update stands, for the screens."""
WANT_RESTART = UPDATE_RUN / "want-restart"
"""Made by the updater: a new version is ready and wants the machine restarted."""
NOBODY_SELLS = UPDATE_RUN / "nobody-sells"
"""Made by the updater in place of ``MAY_RESTART``: the terminal ends again and again."""
CONFIRMED = UPDATE_RUN / "confirmed"
"""The slot that runs is that of ordinary starts: it is on trial as long as this is missing."""
UPDATE_DATA = Path("/var/lib/reprise-update")
"""What the updater must remember over restarts: refused versions, tries."""
RELEASE = Path("/usr/share/reprise/release.json")
"""What this image is: ``version``, ``target``, ``built_at``, ``compatible``."""
MACHINE = Path("/data/provision")
"""What only root may know of this machine: its network, what was provisioned, what waits."""
PROVISION_RUN = Path("/run/reprise-provision")
PROVISION_STATE = PROVISION_RUN / "result.json"
"""What became of the provisioning at this boot, for the screens."""
WIFI = PROVISION_RUN / "wifi.conf"
"""Settings of wpa_supplicant, when there is a Wi-Fi; ``reprise-wifi.service`` starts it then."""
HOST_NAME = PROVISION_RUN / "hostname"
NETWORKD = Path("/run/systemd/network")
TIMESYNCD = Path("/run/systemd/timesyncd.conf.d")
PROVISION_REQUEST = RUN / "provision-request"
"""Made by the terminal: look again, take a scanned code, apply what waits, or forget it."""
RESTORE_REQUEST = RUN / "restore-request"
"""Made by the setup screen: which copy is to be restored, and who signs on with which new PIN."""
RESTORE_STATE = Path("/run/reprise-restore/state.json")
"""How far a restoration is (``appliance/restore_state.py``)."""


def under(root: Path, place: Path) -> Path:
    """Return a place of the machine whose root this is: of this one, ``/``; a test has others."""
    return root / place.relative_to("/")
