"""The real commands over real HTTPS: a shop's journal on the way to a real receiving end."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from terminal.cli.head_office import TOKEN_NAME
from terminal.sync import receiver as receiving
from terminal.sync.uplink import STATE_NAME, read_state
from tests.delivery.post_office import certificate
from tests.flows.books import books
from tests.flows.process import ROOT, ConsoleProcess, reprise

TOKEN = "a-word-of-enough-letters"
APRON = "2000000000053"


@contextmanager
def head_office(folder, token=TOKEN):
    """Run ``reprise head-office``; yields its address and the file of its authority."""
    folder.mkdir()
    public, _ = certificate(folder / "tls", "localhost")
    word = folder / "token"
    word.write_text(token)
    word.chmod(0o600)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "terminal", "head-office", "--listen", "127.0.0.1:0"),
            *("--store", str(folder / "journals"), "--token", str(word)),
            *("--certificate", str(public), "--key", str(public.with_suffix(".key"))),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline().strip()
        assert said.startswith("listening on ")
        yield f"https://localhost:{said.rpartition(':')[2]}", public
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


@pytest.fixture
def linked(bare_shop, tmp_path):
    """A shop whose head office is a real one on this machine."""
    with head_office(tmp_path / "office") as (url, public):
        bare_shop.create("shop.site=S12", f"head_office.url={url}", f"head_office.ca_file={public}")
        word = bare_shop.data / "keys" / TOKEN_NAME
        word.write_text(TOKEN)
        word.chmod(0o600)
        yield bare_shop


def sold(shop) -> None:
    with ConsoleProcess(shop.data) as console:
        console.ok("sign_on", operator=1, pin="1111")
        console.ok("scan", code=APRON)
        console.ok("pay", tender="cash", amount_minor=1500)


def test_a_day_goes_up_and_the_doctor_says_what_waits(linked, tmp_path):
    sold(linked)
    waits = json.loads(reprise("doctor", "--data", linked.data, "--json").stdout)
    assert "1 documents wait to go up" in json.dumps(waits)
    done = reprise("sync", "--data", linked.data, "--once")
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "office" / "journals" / "S12" / "3001").glob("*.jsonl")
    there = list(receiving.records(file))
    assert sum(record.type == "SaleCompleted" for record in there) == 1
    state = read_state(linked.data / STATE_NAME)
    assert (state.acked_seq, state.problem) == (there[-1].seq, "")
    said = json.dumps(json.loads(reprise("doctor", "--data", linked.data, "--json").stdout))
    assert "0 documents wait to go up" in said
    assert books(linked.data).open == {}


def test_a_wrong_word_and_a_stranger_in_its_place_are_refused_and_said(linked, tmp_path):
    sold(linked)
    (linked.data / "keys" / TOKEN_NAME).write_text("another-word-of-letters")
    refused = reprise("sync", "--data", linked.data, "--once")
    assert (refused.returncode, b"refused: it answers 401" in refused.stdout) == (1, True)
    assert not list((tmp_path / "office" / "journals").iterdir())
    settings = linked.data / "reprise.toml"
    stranger, _ = certificate(tmp_path / "stranger", "localhost")
    text = settings.read_text(encoding="utf-8")
    trusted = tmp_path / "office" / "tls" / "localhost.pem"
    settings.write_text(text.replace(str(trusted), str(stranger)), encoding="utf-8")
    refused = reprise("sync", "--data", linked.data, "--once")
    assert (refused.returncode, b"refused: its certificate" in refused.stdout) == (1, True)


def test_without_a_network_it_says_so_and_selling_never_knew(linked, tmp_path):
    settings = linked.data / "reprise.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        re.sub(r'"https://localhost:\d+"', '"https://localhost:9"', text), encoding="utf-8"
    )
    sold(linked)
    away = reprise("sync", "--data", linked.data, "--once")
    assert (away.returncode, b"; away: " in away.stdout) == (1, True)


@pytest.mark.parametrize(
    ("token", "mode", "said"),
    [("short", 0o600, b"one word of at least 16"), (TOKEN, 0o644, b"everybody can read")],
)
def test_a_secret_that_is_none_is_refused_with_its_file(linked, token, mode, said):
    word = linked.data / "keys" / TOKEN_NAME
    word.write_text(token)
    word.chmod(mode)
    refused = reprise("sync", "--data", linked.data, "--once")
    assert (refused.returncode, said in refused.stderr) == (1, True)
    assert TOKEN_NAME.encode() in refused.stderr


def test_a_shop_without_a_head_office_needs_none(shop):
    done = reprise("sync", "--data", shop.data, "--once")
    assert (done.returncode, b"nothing goes up" in done.stdout) == (0, True)


def test_a_head_office_knows_a_shop_by_its_site(bare_shop):
    made = reprise(
        "init", "--data", bare_shop.data, "--articles", "terminal/sample/none.csv",
        "--set", "head_office.url=https://example.org",
    )  # fmt: skip
    assert (made.returncode, b"shop.site" in made.stderr) == (1, True)
