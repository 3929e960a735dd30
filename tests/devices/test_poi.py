"""Which driver serves the payment terminal, and what is refused before the first sale."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.payment.nexo.simulator import SIM_KEY
from drivers.registry import driver_class
from drivers.simulators import POI_SIMULATORS, Bench
from terminal import config as configuration
from terminal.app import build
from terminal.clock import ManualClock
from terminal.devices.hub import Hub
from terminal.devices.poi import read_key
from terminal.poi_settings import POI_SCHEMES
from terminal.settings import ConfigError

KEY = 'passphrase = "open sesame"\nidentifier = "till key"\nversion = 1\n'


def hub(folder: Path, **settings: str) -> Hub:
    typed = {key.replace("__", "."): value for key, value in settings.items()}
    config = configuration.with_settings(configuration.defaults(), typed)
    return Hub.build(config, folder, ManualClock())


@pytest.mark.parametrize("protocol", POI_SCHEMES)
def test_each_protocol_has_its_driver_and_its_simulator(tmp_path, protocol):
    built = hub(tmp_path, devices__poi_protocol=protocol)
    name = "simple-poi" if protocol == "simple" else protocol
    assert type(built.poi.driver) is driver_class(name)
    assert type(built.bench.poi) is type(Bench(poi_protocol=protocol).poi)


def test_every_protocol_of_the_settings_can_be_simulated():
    assert set(POI_SCHEMES) == set(POI_SIMULATORS)


@pytest.mark.parametrize(
    ("protocol", "address"),
    [
        ("zvt", "tcp:192.0.2.1:20007"),
        ("zvt-serial", "serial:/dev/ttyUSB9?baud=9600&format=8N2"),
        ("concert-e", "serial:/dev/ttyUSB9?baud=1200&format=7E1"),
        ("nexo", "tls:192.0.2.1:8443"),
    ],
)
def test_a_real_address_needs_nothing_but_itself(tmp_path, protocol, address):
    built = hub(tmp_path, devices__poi_protocol=protocol, devices__poi=address)
    assert type(built.poi.driver) is driver_class(protocol)


@pytest.mark.parametrize(
    ("setting", "address", "sentence"),
    [
        ("receipt_printer", "usblp:lp0", "usblp needs a path under /dev, or VID:PID"),
        ("receipt_printer", "gpio:17", "a pin has no bytes"),
        ("scanner", "evdev:05e0:1200?grab=0", "evdev has no option 'grab'"),
        ("scanner", "trace:/no/such/file", "there is no file"),
        ("scale", "serial:ttyUSB0", "serial needs a path under /dev"),
        ("bagging_scale", "tcp:10.0.0.9", "tcp needs HOST:PORT"),
        ("scanner", "sim:nobody", "there is no simulator 'nobody'"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_with_its_setting(
    tmp_path, setting, address, sentence
):
    """Once it ended the program with a traceback."""
    with pytest.raises(ConfigError, match=sentence) as caught:
        hub(tmp_path, **{f"devices__{setting}": address})
    assert caught.value.key == f"devices.{setting}"


def test_an_adyen_terminal_has_its_key_in_a_file(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "poi.toml").write_text(KEY)
    real = {"devices__poi_protocol": "nexo-local", "devices__poi": "tls:192.0.2.1:8443"}
    assert type(hub(tmp_path, **real).poi.driver) is driver_class("nexo-local")
    assert read_key(tmp_path / "keys" / "poi.toml")["passphrase"] == "open sesame"
    with pytest.raises(ConfigError, match=r"devices\.poi.*no file .*ca\.pem"):
        hub(tmp_path, **real, poi__ca_file="ca.pem")


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        (KEY.replace("1\n", '"1"\n'), "version", 3),
        (KEY.replace('"open sesame"', '""'), "passphrase", 1),
        (KEY.replace("version = 1\n", ""), "version", 0),
        ("passphrase = open sesame\n", "", 0),
    ],
)
def test_a_key_file_that_cannot_be_used_names_what_is_wrong_and_no_secret(
    tmp_path, text, key, line
):
    path = tmp_path / "poi.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_key(path)
    assert (caught.value.key, caught.value.file, caught.value.line) == (key, path, line)
    assert "sesame" not in str(caught.value)


def test_without_its_key_file_the_terminal_does_not_start(shop):
    """The refusal names the file that is wanted, and leaves nothing behind that hangs."""
    settings = shop.data / "reprise.toml"
    said = settings.read_text().replace('"simple"', '"nexo-local"')
    settings.write_text(said.replace('"sim:poi"', '"tls:192.0.2.1:8443"'))

    async def start() -> None:
        async with build(shop.data):
            pytest.fail("it started")

    with pytest.raises(ConfigError, match=r"keys/poi\.toml: poi\.key_file: cannot be read"):
        asyncio.run(start())


def test_an_address_that_cannot_be_used_is_named_with_its_line(shop):
    settings = shop.data / "reprise.toml"
    settings.write_text(settings.read_text().replace('"sim:poi"', '"tcp:192.0.2.1:99999"'))
    line = settings.read_text()[: settings.read_text().index("99999")].count("\n") + 1

    async def start() -> None:
        async with build(shop.data):
            pytest.fail("it started")

    with pytest.raises(ConfigError, match=rf"line {line}: devices\.poi: '99999' is not a TCP port"):
        asyncio.run(start())


def test_the_key_of_the_simulated_terminal_is_the_one_of_adyens_examples():
    assert (SIM_KEY.identifier, SIM_KEY.version) == ("CryptoKeyIdentifier12345", 1)
