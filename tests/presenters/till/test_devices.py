"""The devices screen: every role in words, what is offered, and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.core.limits import LANGUAGES
from terminal.presenters.desk import Chain, Desk
from terminal.presenters.till import actions, devices
from terminal.presenters.till.routes import DEVICES, SALE, route_till
from terminal.services.requests import Adopt, CheckHealth, DeclineOffer
from terminal.ui.samples.devices import LINE, PRINTER, pages
from terminal.ui.samples.till import signed_on, till
from terminal.words import Words


def shown(name: str, language: str = "en") -> devices.DevicesView:
    around = till(page=pages()[name])
    return devices.present(signed_on(), Desk(), around, Words(language, strict=True))


@pytest.mark.parametrize(
    ("page", "name", "unit", "state", "note"),
    [
        ("simulated", "Printer", "", ("info", "Simulated"), "devices.receipt_printer"),
        ("simulated", "Cash machine", "", ("quiet", "None"), "Not used by this shop."),
        (
            "away",
            "Printer",
            "EPSON TM-T20III · X3YT012345",
            ("bad", "Unplugged since 10:41"),
            "check cable and power",
        ),
        ("another", "Printer", "X3YT012345", ("warn", "Another unit"), "Adopt the one"),
        ("real", "Printer", "EPSON TM-T20III", ("good", "Ready"), "Last answer at 10:45"),
        ("real", "Printer", "", ("good", "Ready"), "Self-test passed at 10:35"),
        ("real", "Payment terminal", "tcp:192.168.1.60:8888", ("good", "Ready"), "Last answer"),
        (
            "real",
            "Scale",
            "FTDI FT232R",
            ("warn", "Wants attention since 10:44"),
            "Has not answered",
        ),
        ("pending", "Printer", "EPSON", ("info", "From the next start on"), "goes on serving"),
    ],
)
def test_a_device_in_words(page, name, unit, state, note):
    row = next(row for row in shown(page).rows if row.name == name)
    assert (row.tone, row.state) == state
    assert unit in row.unit
    assert note in row.note


def test_an_offer_has_two_answers_and_a_line_of_unknown_use_a_question():
    printer, line = shown("offer").offers
    assert printer.title == "EPSON TM-T20III · X3YT012345"
    assert [a.intent for a in printer.actions] == [
        DeclineOffer(PRINTER.address),
        Adopt("printer", PRINTER.address),
    ]
    ask = line.actions[1].intent.apply(Desk(panel=DEVICES))
    assert ask.overlay == devices.WHICH
    around = till(page=pages()["offer"])
    form = devices.which(signed_on(), ask, around, Words("en", strict=True))
    adopt = {row.label: row.press.intent for row in form.rows}["Scale"]
    assert isinstance(adopt, Chain)
    assert adopt.steps[0] == Adopt("scale", LINE.address)
    assert "FT232R" in form.text


def test_another_unit_asks_again_and_nothing_else_is_offered_for_it():
    (offer,) = shown("another").offers
    assert offer.tone == "warn"
    assert "not the unit that was adopted" in offer.text


def test_what_can_test_itself_has_a_button():
    tests = {row.name: row.test.intent for row in shown("real").rows if row.test.shown}
    assert tests == {"Printer": CheckHealth("printer")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", pages())
def test_every_page_has_words_in_every_language(page, language):
    view = shown(page, language)
    assert all(row.name and row.state for row in view.rows)


def test_the_screen_is_reached_from_the_ticket_tab_and_left_again():
    words = Words("en", strict=True)
    action = next(
        a for a in actions.ticket_actions(signed_on(), words, "EUR") if a.label == "Devices"
    )
    desk = action.intent.apply(Desk(tab="ticket"))
    assert route_till(signed_on(), desk, till()) == DEVICES
    back = shown("real").back.intent.apply(desk)
    assert route_till(signed_on(), back, till()) == SALE
    # money in doubt comes first
    assert route_till(replace(signed_on(), operator=None), desk, till()) != DEVICES
