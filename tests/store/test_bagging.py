"""The learned weights survive a stop, a torn line and growth."""

from terminal.core.bagging import MIN_SAMPLES, UNKNOWN, Lesson
from terminal.store import bagging
from terminal.store.bagging import FILE_NAME, BaggingTable


def test_what_was_learned_is_there_after_a_restart(tmp_path):
    table = BaggingTable(tmp_path)
    assert table.band("flour") is UNKNOWN
    for grams in (1000, 1002, 998, 1001, 999):
        table.learn((Lesson("flour", grams),))
    again = BaggingTable(tmp_path)
    assert again.samples == table.samples
    assert again.band("flour").holds(1003)
    assert not again.band("flour").holds(900)


def test_a_torn_or_senseless_line_costs_only_itself(tmp_path):
    table = BaggingTable(tmp_path)
    table.learn(tuple(Lesson("milk", 1030) for _ in range(MIN_SAMPLES)))
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(b'{"code": 5, "g": 1}\nnonsense\n{"code": "milk", "g": 10')
    again = BaggingTable(tmp_path)
    assert again.samples == {"milk": (1030,) * MIN_SAMPLES}
    again.learn((Lesson("milk", 1031),))
    assert BaggingTable(tmp_path).samples["milk"][-1] == 1031


def test_the_file_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(bagging, "MAX_LINES", 100)
    table = BaggingTable(tmp_path)
    for n in range(500):
        table.learn((Lesson("milk", 1000 + n % 7),))
    lines = (tmp_path / FILE_NAME).read_bytes().count(b"\n")
    assert lines <= 101
    assert BaggingTable(tmp_path).samples == table.samples
