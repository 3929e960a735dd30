"""A till in Austria and the keys that it signs with."""

from __future__ import annotations

import pytest

from terminal.fiscal.signing import PemSigner, make_key
from tests.fiscal.austrian_day import AustrianStory, Device, told_with


@pytest.fixture(scope="module")
def signer(tmp_path_factory) -> PemSigner:
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    make_key(path)
    return PemSigner.read(path)


@pytest.fixture
def device(signer) -> Device:
    return Device(signer)


@pytest.fixture
def story(device) -> AustrianStory:
    return told_with(device)
