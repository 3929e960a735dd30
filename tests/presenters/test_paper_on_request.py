"""After payment, where the law forbids paper that nobody asked for."""

from dataclasses import replace

import pytest

from terminal.core.commands import ChooseReceipt
from terminal.presenters.desk import Desk
from terminal.presenters.patience import allowance
from terminal.presenters.till.done import present
from terminal.services.requests import PrintAgain
from terminal.ui.samples.till import worlds
from terminal.words import Words

WORDS = Words("en")
WORLD = next(world for world in worlds() if world.name == "done-on-request")


def shown(sale, **changes):
    state = replace(WORLD.state, sale=sale)
    return present(state, Desk(), replace(WORLD.surroundings, **changes), WORDS)


def test_the_till_shows_the_notice_and_offers_the_original():
    view = shown(WORLD.state.sale)
    assert view.text == WORDS.text("receipt.paper.notice")
    assert view.papers[0].intent == ChooseReceipt("print")
    assert view.paper == "Receipt not printed"


@pytest.mark.parametrize("why", ["chosen", "durable", "always"])
def test_what_is_on_paper_comes_again_as_a_duplicate(why):
    sale, on_request = WORLD.state.sale, why != "always"
    if why == "chosen":
        sale = replace(sale, receipt_choice="print")
    if why == "durable":
        durable = replace(sale.lines[0], attributes=(("durable", "2"),))
        sale = replace(sale, lines=(durable, *sale.lines[1:]))
    view = shown(sale, paper_on_request=on_request)
    assert view.papers[0].intent == PrintAgain(sale.receipt_number)
    said = {"chosen": "receipt.paper.notice", "durable": "receipt.paper.durable"}
    assert view.text == WORDS.text(said.get(why, "screen.till.done.thanks"))


@pytest.mark.parametrize(("on_request", "choice"), [(True, "none"), (False, "print")])
def test_a_shopper_who_says_nothing_has_the_shops_default(on_request, choice):
    around = replace(WORLD.surroundings, role="kiosk", paper_on_request=on_request)
    left = allowance(WORLD.state, Desk(), around)
    assert left is not None
    assert left.then == ChooseReceipt(choice)
