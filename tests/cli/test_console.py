"""The console's protocol, to the letter, spoken with the real process."""

from __future__ import annotations

import json
import os

import pytest

from tests.flows.process import ConsoleProcess, reprise

FLOUR = "3270190128724"


@pytest.fixture
def console(shop):
    with ConsoleProcess(shop.data) as running:
        yield running


def test_it_says_ready_first(console):
    assert console.ready["ready"] is True
    assert console.ready["recovered"] is None
    assert console.ready["notices"] == []
    assert console.ready["state"]["sale"] is None
    assert set(console.ready["state"]) >= {"route", "business_date", "operator", "sale"}


def test_one_answer_a_line_in_order_with_the_same_id(console):
    ids = [1, "two", None, {"three": [3]}, 4.5, -5, "é\u2028ß", "\ud800", True]
    for one in ids:
        console.write(json.dumps({"id": one, "do": "show"}).encode() + b"\n")
    assert [console.read()["id"] for _ in ids] == ids


def test_a_sale_answers_with_its_state(console):
    """The keys that a program may count on, from the first scan to the receipt number."""
    signed = console.ok("sign_on", operator=1, pin="1111")
    assert signed["events"] == ["OperatorSignedOn"]
    scanned = console.ok("scan", code=FLOUR)
    assert scanned["events"] == ["SaleOpened", "LineAdded"]
    sale = scanned["state"]["sale"]
    assert sale["lines"] == [
        {
            "n": 1,
            "code": FLOUR,
            "label": "Farine de blé Type 65 Bio",
            "quantity": 1,
            "unit_price_minor": 250,
            "discount_minor": 0,
            "total_minor": 250,
            "vat_rate": "5.50",
            "void": False,
        }
    ]
    assert (sale["status"], sale["due_minor"], sale["receipt_number"]) == ("open", 250, None)
    weighed = console.ok("weigh", code="4011", weight_g=500)["state"]["sale"]["lines"][1]
    assert weighed["weight_g"] == 500
    assert "quantity" not in weighed
    console.ok("void", line=2)
    part = console.ok("pay", tender="card", amount_minor=100)["state"]["sale"]
    assert part["tenders"] == [{"n": 1, "tender": "card", "amount_minor": 100, "status": "booked"}]
    done = console.ok("pay", tender="cash", amount_minor=1000)["state"]["sale"]
    assert (done["status"], done["change_minor"], done["due_minor"]) == ("completed", 850, 0)
    assert done["vat"] == [{"rate": "5.50", "net_minor": 237, "vat_minor": 13, "gross_minor": 250}]
    assert len(done["receipt_number"]) == 18
    again = console.ok("reprint", receipt_number=done["receipt_number"])
    assert again["events"] == ["PrintJobQueued"]


def test_a_payment_without_waiting_answers_when_its_intent_is_durable(console, shop):
    console.ok("sign_on", operator=1, pin="1111")
    console.ok("scan", code=FLOUR)
    console.ok("device", device="poi", action="next", outcome="stall")
    answer = console.ok("pay", tender="card", amount_minor=250, wait=False)
    assert answer["events"] == ["TenderingStarted", "PaymentIntended"]
    assert answer["state"]["sale"]["tenders"][0]["status"] == "pending"
    journal = reprise("journal", "--data", shop.data, "--json").stdout.decode()
    assert "PaymentIntended" in [json.loads(line)["type"] for line in journal.splitlines()]
    dropped = console.ok("remove_tender", tender=1)
    assert dropped["state"]["sale"]["tenders"][0]["status"] == "declined"


LINES = {
    "no JSON": b"hello",
    "half an object": b'{"do": "show"',
    "a list": b'["show"]',
    "a number": b"42",
    "nothing known": b'{"do": "explode"}',
    "no command": b"{}",
    "a command that is no text": b'{"do": 7}',
    "not a number": b'{"do": "void", "line": NaN}',
    "infinity": b'{"do": "void", "line": Infinity}',
    "an id that is not a number": b'{"do": "show", "id": NaN}',
    "bytes that are not UTF-8": b'{"do": "scan", "code": "\xff\xfe\x80"}',
    "a NUL": b'{"do": "show"}\x00',
    "missing field": b'{"do": "scan"}',
    "text for a number": b'{"do": "quantity", "line": "1", "quantity": 1}',
    "a fraction": b'{"do": "quantity", "line": 1, "quantity": 1.5}',
    "true for a number": b'{"do": "void", "line": true}',
    "a percentage beyond all numbers": b'{"do": "discount", "percent": "1e999999999"}',
    "a percentage of letters": b'{"do": "discount", "percent": "ten"}',
    "a percentage too fine": b'{"do": "discount", "percent": 0.001}',
    "a number of 5,000 digits": b'{"do": "void", "line": ' + b"9" * 5000 + b"}",
    "brackets without end": b"[" * 50_000,
    "a line of a megabyte": b'{"do": "show", "x": "' + b"y" * 1_000_000 + b'"}',
}


def test_what_is_no_command_is_refused_and_the_console_lives_on(console):
    for name, line in LINES.items():
        answer = console.raw(line)
        assert answer.get("refused") == "bad_request", name
        assert answer["ok"] is False
        assert answer["text"]
    console.write(b"\n  \n")
    assert console.ok("sign_on", operator=1, pin="1111")["state"]["operator"]["id"] == "1"
    code, errors = console.close()
    assert code == 0
    assert "Traceback" not in errors


def test_the_end_of_the_input_stops_cleanly(console, shop):
    console.ok("sign_on", operator=1, pin="1111")
    console.ok("scan", code=FLOUR)
    console.write(b'{"id": 9, "do": "show"}')
    code, errors = console.close()
    assert (code, "Traceback" in errors) == (0, False)
    journal = reprise("journal", "--data", shop.data, "--json").stdout.splitlines()
    assert json.loads(journal[-1])["type"] == "TerminalStopped"
    with ConsoleProcess(shop.data) as again:
        assert again.ready["recovered"]["power_cut"] is False
        assert again.ready["recovered"]["lines"] == 1


def test_it_speaks_utf_8_wherever_it_runs(shop):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with ConsoleProcess(shop.data, env=environment) as console:
        console.ok("sign_on", operator=1, pin="1111")
        line = console.ok("scan", code=FLOUR)["state"]["sale"]["lines"][0]
        assert line["label"] == "Farine de blé Type 65 Bio"


def test_a_kill_is_told_as_a_power_cut(shop):
    with ConsoleProcess(shop.data) as console:
        console.ok("sign_on", operator=1, pin="1111")
        console.ok("scan", code=FLOUR)
        console.kill()
    with ConsoleProcess(shop.data) as console:
        assert console.ready["recovered"]["power_cut"] is True
        notice = next(one for one in console.ready["notices"] if one["kind"] == "power_cut")
        assert notice["text"]
        assert console.ready["state"]["sale"]["lines"][0]["code"] == FLOUR
        console.ok("acknowledge", notice=notice["id"])
        assert console.ok("show")["notices"] == []


def test_the_simulators_are_steered_with_care(console):
    """A knob that does not exist, or a value that does not fit it, is refused by name."""
    assert console.refused("device", device="toaster", action="look") == "no_such_device"
    assert console.refused("device", device="poi", action="explode") == "no_such_action"
    assert console.refused("device", device="poi", action="next", outcome="x") == "no_such_action"
    assert console.refused("device", device="printer", action="speed", mm_s="f") == "no_such_action"
    assert console.refused("device", device="poi", action="auto", on=[1], off=2) == "no_such_action"
    console.ok("sign_on", operator=1, pin="1111")
    console.ok("scan", code=FLOUR)
    console.ok("device", device="poi", action="next", outcome="late_answer", delay_s=0.25)
    assert console.ok("pay", tender="card", amount_minor=250)["state"]["sale"]["receipt_number"]
