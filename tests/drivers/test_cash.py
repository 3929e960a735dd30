"""A cash machine: what falls in is credited or repaid, whatever loses power."""

from __future__ import annotations

import contextlib
import logging
import os
import random
from pathlib import Path

import pytest

from drivers.base import Health
from drivers.cash.base import Ending, Level, Stage
from drivers.cash.cashdro import CashDroMachine
from drivers.cash.cashdro_protocol import (
    Operator,
    hide_credentials,
    parse_id,
    parse_operation,
    parse_stores,
    start_target,
)
from drivers.cash.simulator import CashDroSimulator
from drivers.errors import DeviceFault, DriverError, NotSent, TransportError
from drivers.transports.scripted import RecordedTransport

RUNS = 1000 if os.environ.get("REPRISE_EXPLORE") == "full" else 25
OPERATOR = Operator("admin", "password")


@pytest.fixture
def machine():
    return CashDroSimulator()


@pytest.fixture
def cash(machine):
    return _driver(machine)


def _driver(machine):
    return CashDroMachine(machine.connect, OPERATOR, poll_s=0.005)


def _insert(machine, *pieces):
    return [machine.control("insert", value=value)["taken"] for value in pieces]


def _inside(machine):
    return machine.control("ledger")["cash_minor"]


def test_a_sale_is_paid_and_changed(machine, cash):
    before, durable = _inside(machine), []
    operation = cash.begin_deposit(1234, durable.append, 1)
    assert durable == [operation]
    assert _insert(machine, 1000, 200) == [True, True]
    half = cash.operation(operation, 1)
    assert (half.stage, half.inserted_minor, half.kept_minor) == (Stage.RUNNING, 1200, 1200)
    assert _insert(machine, 100, 100) == [True, False]
    ended = cash.end_deposit(operation, Ending.CHANGE, 1)
    assert (ended.stage, ended.inserted_minor, ended.dispensed_minor) == (Stage.ENDED, 1300, 66)
    assert (ended.kept_minor, ended.missing_minor) == (1234, 0)
    assert _inside(machine) - before == 1234
    cash.confirm(operation, 1)
    assert machine.control("ledger")["operations"][0]["imported"]


@pytest.mark.parametrize(
    ("ending", "kept"), [(Ending.REPAY, 0), (Ending.NOCHANGE, 700)], ids=["repay", "nochange"]
)
def test_a_sale_is_given_up(machine, cash, ending, kept):
    before = _inside(machine)
    operation = cash.begin_deposit(1234, lambda _: None, 1)
    _insert(machine, 500, 200)
    for _ in range(2):  # ending twice ends once
        assert cash.end_deposit(operation, ending, 1).kept_minor == kept
    assert _inside(machine) - before == kept


def test_change_that_cannot_be_paid_is_named(machine, cash):
    for value in (1, 2, 5, 10, 20, 50):
        machine.control("fill", value=value, count=0)
    operation = cash.begin_deposit(1234, lambda _: None, 1)
    _insert(machine, 2000)
    ended = cash.fix_deposit(operation, 1)
    assert (ended.dispensed_minor, ended.missing_minor, ended.kept_minor) == (700, 66, 1300)


def test_waiting_for_the_amount_ends_with_the_time(machine, cash):
    operation = cash.begin_deposit(1234, lambda _: None, 1)
    _insert(machine, 500)
    assert cash.fix_deposit(operation, 0.03).stage is Stage.RUNNING


def test_money_is_paid_out(machine, cash):
    before = _inside(machine)
    paid = cash.dispense_change(777, lambda _: None, 1)
    assert (paid.stage, paid.dispensed_minor, paid.kept_minor) == (Stage.ENDED, 777, -777)
    assert before - _inside(machine) == 777


@pytest.mark.parametrize("amount", [0, -1, 10**9 + 1])
def test_an_amount_that_does_not_fit_is_not_sent(machine, cash, amount):
    with pytest.raises(NotSent):
        cash.begin_deposit(amount, lambda _: None, 1)
    assert machine.control("ledger")["operations"] == []


def test_counts_and_levels(machine, cash):
    for value, count in [(1, 0), (2, 3), (5, 95), (10, 100)]:
        machine.control("fill", value=value, count=count)
    stores = cash.read_cash_counts(1)
    assert [store.value_minor for store in stores] == sorted(s.value_minor for s in stores)
    assert [(store.count, store.level) for store in stores[:5]] == [
        (0, Level.EMPTY),
        (3, Level.NEAREMPTY),
        (95, Level.NEARFULL),
        (100, Level.FULL),
        (20, Level.OK),
    ]
    status = cash.status(1)
    assert status.health is Health.DEGRADED
    assert status.reasons == ("cash_empty", "cash_nearempty", "cash_nearfull", "cash_full")


def test_a_jam_is_seen_and_takes_no_cash(machine, cash):
    operation = cash.begin_deposit(1000, lambda _: None, 1)
    machine.control("jam", on=True)
    assert _insert(machine, 500) == [False]
    assert cash.operation(operation, 1).jammed
    assert (cash.status(1).health, cash.status(1).reasons) == (Health.BLOCKED, ("cash_jam",))
    machine.control("jam", on=False)
    assert not cash.operation(operation, 1).jammed


def test_an_unplugged_machine_is_absent_and_comes_back(machine, cash):
    assert cash.open(1).health is Health.READY
    machine.control("unplug")
    assert cash.status(0.2).health is Health.ABSENT
    with pytest.raises(NotSent):
        cash.begin_deposit(100, lambda _: None, 0.2)
    machine.control("plug")
    assert cash.open(1).health is Health.READY


def test_another_password_is_refused(machine):
    stranger = CashDroMachine(machine.connect, Operator("admin", "wrong-one"))
    with pytest.raises(DeviceFault) as refused:
        stranger.open(1)
    assert "wrong-one" not in str(refused.value)


# --- cuts -----------------------------------------------------------------------------------------


class PowerCut(BaseException):
    """The till loses its power here."""


class _Till:
    """Durable: the operation's number, and what its tender was credited with."""

    def __init__(self) -> None:
        self.operation = ""
        self.credited: int | None = None

    def persist(self, operation: str) -> None:
        self.operation = operation


POINTS = (
    "before the start",
    "half the start",
    "answer to the start lost",
    "before the number is durable",
    "after the number is durable",
    "half the acknowledgement",
    "answer to the acknowledgement lost",
    "half the cash inside",
    "all the cash inside",
    "machine loses power too",
    "before the credit",
    "after the credit",
)


def _sell_until_cut(machine, till, point, chance):
    cash = _driver(machine)

    def persist(operation):
        if point == "before the number is durable":
            raise PowerCut
        till.persist(operation)
        if point == "after the number is durable":
            raise PowerCut
        if point == "half the acknowledgement":
            machine.control("unplug_after", bytes=chance.randrange(1, 200))

    if point == "before the start":
        return
    if point == "half the start":
        machine.control("unplug_after", bytes=chance.randrange(1, 300))
    lost = {"answer to the start lost": "startOperation"}
    lost["answer to the acknowledgement lost"] = "acknowledgeOperationId"
    if point in lost:
        machine.control("lose_answer", operation=lost[point])
    with contextlib.suppress(DriverError):
        cash.begin_deposit(1234, persist, 0.03 if point in lost else 1)
    _insert(machine, *chance.choice([(500,), (1000, 200), (500, 100, 20)]))
    if point == "half the cash inside":
        return
    if point == "machine loses power too":
        machine.control("power_off")
        _insert(machine, 500)
        machine.control("power_on")
        return
    _insert(machine, 1000, 1000)
    if point == "all the cash inside" or not till.operation:
        return
    with contextlib.suppress(DriverError):
        ended = cash.fix_deposit(till.operation, 0.05)
        if point == "after the credit" and ended.stage is Stage.ENDED:
            till.credited = ended.kept_minor


@pytest.mark.parametrize("point", POINTS)
def test_cash_inserted_at_a_cut_is_credited_or_repaid(tmp_path, point):
    """What the machine has more than before is what the till has in its books."""
    for seed in range(RUNS):
        chance = random.Random(f"{point}:{seed}")
        memory = tmp_path / f"{seed}.jsonl"
        machine = CashDroSimulator(memory)
        before, till = _inside(machine), _Till()
        with contextlib.suppress(PowerCut):
            _sell_until_cut(machine, till, point, chance)
        if chance.random() < 0.5:
            machine = CashDroSimulator(memory)  # its process was killed as well
        machine.control("plug")
        if till.credited is None and till.operation:
            settled = _driver(machine).settle(till.operation, 1)
            assert settled.stage is Stage.ENDED
            till.credited = settled.kept_minor
        assert _inside(machine) - before == (till.credited or 0), seed
        assert machine.look()["stage"] == "idle"
        memory.unlink(missing_ok=True)


def test_a_payout_cut_after_its_number_is_asked_for(machine):
    """Dispensing cannot be undone: the number, durable before, tells what came out."""
    before, till = _inside(machine), _Till()
    machine.control("lose_answer", operation="acknowledgeOperationId")
    with pytest.raises(TransportError):
        _driver(machine).dispense_change(500, till.persist, 0.03)
    assert _driver(machine).settle(till.operation, 1).dispensed_minor == 500
    assert before - _inside(machine) == 500


# --- the wire -------------------------------------------------------------------------------------


def test_requests_are_what_the_maker_says():
    assert start_target(Operator("a", "b", "till 1"), "4", 1050) == (
        "/Cashdro3WS/index.php?name=a&password=b&operation=startOperation&type=4&posid=till+1"
        "&posuser=till+1&parameters=%7B%22amount%22%3A%221050%22%7D"
    )


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b'{"code":1,"data":"15445"}', "15445"),
        (b'{"code":1,"data":36}', "36"),
        (b'{"code":1,"response":{"errorMessage":"none","operation":{"operationId":1234}}}', "1234"),
    ],
)
def test_answers_of_every_shape(body, number):
    """Captured from descriptions of three installations."""
    assert parse_id(body) == number


def test_an_operation_told_as_json_in_a_string():
    body = b'{"code":1,"data":"{\\"operation\\":{\\"state\\":\\"F\\",\\"totalin\\":1050}}"}'
    told = parse_operation("7", body)
    assert (told.stage, told.inserted_minor, told.dispensed_minor) == (Stage.ENDED, 1050, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"code":"1"}',
        b'{"code":1,"data":null}',
        b'{"code":1,"data":"{"}',
        b'{"code":1,"data":{"operation":{"state":""}}}',
        b'{"code":1,"data":{"operation":{"state":"F","totalin":-5}}}',
        b'{"code":1,"data":{"operation":{"state":"F","totalin":1.5}}}',
        b'{"code":1,"data":{"operation":{"state":"F","operationid":"8"}}}',
        b'{"code":-2,"data":"Operation not found"}',
    ],
)
def test_what_is_no_answer_is_refused(body):
    for parse in (parse_id, lambda data: parse_operation("7", data), parse_stores):
        with pytest.raises(DriverError):
            parse(body)


def test_mutated_answers_are_errors_of_our_own():
    chance = random.Random(8)
    whole = (
        b'{"code":1,"data":"{\\"operation\\":{\\"operationid\\":\\"7\\",\\"state\\":\\"E\\",'
        b'\\"totalin\\":\\"500\\",\\"totalout\\":\\"0\\"}}"}'
    )
    for _ in range(RUNS * 40):
        mutant = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        with contextlib.suppress(DriverError):
            assert parse_operation("7", bytes(mutant)).operation_id == "7"


def test_the_password_is_in_no_log_and_no_error(machine, caplog, tmp_path: Path):
    """Operator and password travel in every URL: none of them may be written anywhere."""
    secret = Operator("chef", "tres-secret")
    caplog.set_level(logging.DEBUG)
    told = [repr(secret), hide_credentials(start_target(secret, "4", 100))]
    for connect in (machine.connect, lambda: RecordedTransport([b"HTTP/1.1 500 No\r\n\r\n"])):
        cash = CashDroMachine(connect, secret)
        for name, parameters in (
            ("open", ()),
            ("begin_deposit", (100, lambda _: None)),
            ("operation", ("7",)),
        ):
            with pytest.raises(DriverError) as error:
                getattr(cash, name)(*parameters, 0.05)
            told.append(repr(error.value))
        told.append(repr(cash.status(0.05)))
    assert "tres-secret" not in "".join(told) + caplog.text
    assert "chef" not in caplog.text
