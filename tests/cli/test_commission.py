"""``reprise commission`` says what was tested; ``reprise verify-report`` believes no forgery."""

from __future__ import annotations

import asyncio
import json

import pytest

from terminal.cli.main import run
from tests.conftest import Shop
from tests.services.technician import everything_needed, told


@pytest.fixture(params=["plain", "france"])
def reported(request, tmp_path) -> Shop:
    """A shop whose terminal was commissioned."""
    shop = Shop(tmp_path / "shop").create(f"fiscal.regime={request.param}")

    async def story(till):
        await everything_needed(till)
        await till.ok("sign_report")

    told(shop, story)
    return shop


def file_of(shop: Shop):
    (path,) = (shop.data / "commissioning").glob("report-*.json")
    return path


def test_a_terminal_that_nobody_commissioned_lacks_everything_needed(shop, capsys):
    capsys.readouterr()
    assert run(["commission", "--data", str(shop.data), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["missing"][:3] == ["screen", "scanner", "printer"]
    assert run(["commission", "--data", str(shop.data)]) == 1
    text = capsys.readouterr().out
    assert "à faire" in text
    assert "Lecteur de codes (nécessaire pour vendre)" in text
    assert "Aucun rapport n’est signé." in text


def test_a_commissioned_terminal_lacks_nothing_and_its_report_is_genuine(reported, capsys):
    capsys.readouterr()
    data = str(reported.data)
    assert run(["commission", "--data", data]) == 0
    assert "réussi" in capsys.readouterr().out
    assert run(["commission", "--data", data, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    for given in (str(file_of(reported)), said["code"]):
        assert run(["verify-report", given, "--data", data]) == 0
        text = capsys.readouterr().out
        assert "The report is genuine." in text
        assert "till       3001" in text
        assert "step       poi: passed" in text
    assert run(["verify-report", said["code"], "--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["till"] == "3001"


def test_a_changed_report_is_refused(reported, capsys):
    path = file_of(reported)
    text = path.read_text("utf-8")
    path.write_text(text.replace('"complete": false', '"complete": true'), "utf-8")
    assert run(["verify-report", str(path), "--data", str(reported.data)]) == 1
    assert "another report" in capsys.readouterr().err


def test_another_terminal_believes_a_report_when_it_trusts_the_key(tmp_path, capsys):
    one = Shop(tmp_path / "one").create("fiscal.regime=france")
    two = Shop(tmp_path / "two").create("fiscal.regime=france", "terminal.till_number=3002")

    async def story(till):
        await till.ok("sign_report")

    told(one, story)
    asyncio.run(started(two))
    path, data = str(file_of(one)), str(two.data)
    assert run(["verify-report", path, "--data", data]) == 1
    assert "is not believed here" in capsys.readouterr().err
    pem = tmp_path / "3001.pem"
    assert run(["trust", "--data", str(one.data), "--export", str(pem)]) == 0
    assert run(["trust", "--data", data, str(pem), "--till", "3001"]) == 0
    assert run(["verify-report", path, "--data", data]) == 0
    assert run(["verify-report", path, "--key", str(pem)]) == 0
    key = json.loads((file_of(one)).read_text("utf-8"))["key_id"]
    assert run(["verify-report", path, "--key", key]) == 0
    capsys.readouterr()
    assert run(["verify-report", path, "--key", "0" * 16]) == 1
    assert "is not believed here" in capsys.readouterr().err
    assert run(["verify-report", path]) == 0  # by the key that the file names, which it says
    assert f"key {key}: compare it" in capsys.readouterr().out


async def started(shop: Shop) -> None:
    async with shop.open():
        return


@pytest.mark.parametrize("content", ["", "{}", "97532", "97532" + "1" * 80, "[1]"])
def test_a_file_that_is_no_report_is_refused_in_words(tmp_path, capsys, content):
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    assert run(["verify-report", str(path)]) == 1
    assert "reprise: " in capsys.readouterr().err


def test_a_report_that_is_not_there_is_said(tmp_path, capsys):
    assert run(["verify-report", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err
