"""Keys of updates: who may sign a bundle, as an image knows it; the private halves never get in.

A maker keeps an authority's certificate (``REPRISE_UPDATE_CA``, a PEM file) and gives it to the
build.  Without one, a development authority is made under ``build/update-keys``, and whoever builds
is told so: such an image takes updates from that machine and no other.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from image.recipe import PROJECT, BuildError, run

KEYRING = Path("etc/rauc/keyring.pem")
FOLDER = PROJECT / "build" / "update-keys"
CA_GIVEN = "REPRISE_UPDATE_CA"
CERTIFICATE_GIVEN = "REPRISE_UPDATE_CERT"
KEY_GIVEN = "REPRISE_UPDATE_KEY"
"""Environment variables: files, or a PKCS#11 address for the key."""
CURVE = "prime256v1"
"""What CMS signatures of rauc take; Ed25519 is not among it."""
DAYS = 7300
CERTIFICATE_MARK = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the three are: authority and certificate as files, the key as file or address."""

    authority: Path
    certificate: Path
    key: str


def keys(folder: Path = FOLDER) -> Keys:
    """Return the keys that were given, or those of development, made when there are none.

    Raises:
        BuildError: some were given and others not, or a file is missing.
    """
    given = [os.environ.get(name, "") for name in (CA_GIVEN, CERTIFICATE_GIVEN, KEY_GIVEN)]
    if all(given):
        return Keys(Path(given[0]), Path(given[1]), given[2])
    if any(given[1:]):
        raise BuildError(f"give all of {CA_GIVEN}, {CERTIFICATE_GIVEN} and {KEY_GIVEN}")
    return _development(folder)


def _development(folder: Path) -> Keys:
    made = Keys(folder / "ca.pem", folder / "cert.pem", str(folder / "key.pem"))
    if not made.certificate.exists():
        sys.stdout.write(f"updates: no keys were given; a development authority is in {folder}\n")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        _make(folder)
    return made


def _make(folder: Path) -> None:
    ca, request, extensions = folder / "ca.key", folder / "cert.csr", folder / "cert.ext"
    new = ("-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{CURVE}", "-noenc")
    whose = "/O=Reprise/OU=development, not for shops"
    run(
        *("openssl", "req", "-x509", *new, "-keyout", ca, "-out", folder / "ca.pem"),
        *("-days", str(DAYS), "-subj", f"{whose}/CN=authority of updates"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    key = folder / "key.pem"
    run("openssl", "req", *new, "-keyout", key, "-out", request, "-subj", f"{whose}/CN=updates")
    extensions.write_text(
        "basicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=codeSigning\n",
        encoding="ascii",
    )
    run(
        *("openssl", "x509", "-req", "-in", request, "-CA", folder / "ca.pem", "-CAkey", ca),
        *("-CAcreateserial", "-days", str(DAYS), "-extfile", extensions),
        *("-out", folder / "cert.pem"),
    )


def put_in(root: Path, folder: Path = FOLDER) -> Path:
    """Put the authority's certificate into an image. Raises BuildError when it is not one."""
    given = os.environ.get(CA_GIVEN, "")
    authority = Path(given) if given else keys(folder).authority
    try:
        text = authority.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"{authority} is not a certificate: {error}") from error
    if CERTIFICATE_MARK not in text or "PRIVATE" in text:
        raise BuildError(f"{authority} must hold certificates, and no key")
    place = root / KEYRING
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="ascii")
    place.chmod(0o644)
    return place
