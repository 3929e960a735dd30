"""Adyen's own library for Node as the till of our simulated terminal (``make interop``).

Needs Node and the npm registry; both sides seal and open each other's messages, and agree on the
library's own test vector.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.payment.nexo.certificate import make_certificate
from drivers.payment.nexo.crypto import AdyenCipher
from drivers.payment.nexo.json_text import Tree
from drivers.payment.nexo.simulator import SIM_KEY, AdyenPoiSimulator
from drivers.serve import SimulatorServer

HERE = Path(__file__).parent
BUILD = Path("build/interop")
HOST = "127.0.0.77"
PORT = 8443
"""The library knows no other."""
NPM_S, TILL_S = 300, 60


@pytest.fixture(scope="module")
def library() -> Path:
    """Install the library, once, where built things go."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "adyen_till.js"):
        shutil.copy(HERE / name, BUILD / name)
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
    subprocess.run(install, cwd=BUILD, check=True, timeout=NPM_S)
    return BUILD


@pytest.fixture(scope="module")
def said(library, tmp_path_factory):
    """What the till made of the library got, and the terminal's ledger."""
    folder = tmp_path_factory.mktemp("poi")
    certificate, key = make_certificate(folder, datetime.now(UTC))  # noqa: TID251
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    poi = AdyenPoiSimulator()
    server = SimulatorServer(poi, HOST, PORT, connections=8, tls=context)
    sealed = AdyenCipher(SIM_KEY).seal({"ServiceID": "1"}, "grün, €12.34".encode())
    till = subprocess.run(
        ["node", "adyen_till.js", f"https://{HOST}", str(certificate)],
        cwd=library,
        env={**os.environ, "SEALED_BY_US": json.dumps(sealed)},
        capture_output=True,
        text=True,
        timeout=TILL_S,
        check=False,
    )
    server.close()
    assert till.returncode == 0, till.stderr
    return json.loads(till.stdout), poi.control("ledger")["ledger"]


def test_the_library_completes_a_payment(said):
    answer, ledger = said
    assert answer["paid"]["Response"]["Result"] == "Success"
    assert answer["paid"]["PaymentResult"]["AmountsResp"]["AuthorizedAmount"] == 12.34
    assert [(one["ref"], one["amount_minor"]) for one in ledger] == [("0000000001", 1234)]


def test_the_library_asks_and_undoes(said):
    answer, ledger = said
    repeated = answer["repeated"]["RepeatedMessageResponse"]["RepeatedResponseMessageBody"]
    assert repeated["PaymentResponse"]["Response"]["Result"] == "Success"
    assert answer["undone"]["Response"]["Result"] == "Success"
    assert ledger[0]["state"] == "reversed"


def test_both_sides_agree_on_the_librarys_vector(said):
    answer, _ = said
    plain = AdyenCipher(SIM_KEY).open(Tree(answer["vector"]["SaleToPOIResponse"]))
    assert plain.decode() == answer["vectorText"]
    assert len(plain) == 7187


def test_each_side_opens_what_the_other_sealed(said):
    answer, _ = said
    assert AdyenCipher(SIM_KEY).open(Tree(answer["sealed"])).decode() == answer["sealedText"]
    assert answer["opened"] == "grün, €12.34"
