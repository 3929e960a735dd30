"""Which screen is due: money in doubt comes first, then what cannot be done, then the desk."""

from dataclasses import replace

import pytest

from terminal.core.state import SaleStatus, Tender, TenderStatus, TerminalState
from terminal.presenters import routes
from terminal.presenters.desk import Desk
from terminal.presenters.surroundings import DeviceStatus
from terminal.ui.samples import kiosk
from terminal.ui.samples.world import basket_sale, shop

WORLDS = kiosk.worlds()


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_each_world_has_its_screen(world) -> None:
    assert routes.route(world.state, world.desk, world.surroundings) == world.route


def test_every_screen_of_the_kiosk_is_in_some_world() -> None:
    assert {world.route for world in WORLDS} == set(routes.KIOSK)


DOUBTS = [
    (TenderStatus.UNKNOWN, shop(), routes.CHARGED),
    (TenderStatus.UNKNOWN, shop(devices={}), routes.CHARGED),
    (TenderStatus.UNKNOWN, shop(storage_problem="storage_full"), routes.CHARGED),
    (TenderStatus.PENDING, shop(), routes.PAYING),
    (TenderStatus.PENDING, shop(recovering=True), routes.CHARGED),
]


@pytest.mark.parametrize(("status", "around", "due"), DOUBTS)
@pytest.mark.parametrize("panel", ["", "lookup", "tender", "basket"])
def test_nothing_on_the_desk_hides_money_in_doubt(status, around, due, panel) -> None:
    sale = basket_sale(SaleStatus.TENDERING, Tender(1, "card", 2066, status))
    assert routes.route(TerminalState(sale=sale), Desk(panel=panel), around) == due


def test_the_truth_about_a_payment_is_told_once() -> None:
    world = next(w for w in WORLDS if w.name == "charged-no")
    told = replace(world.desk, told=(world.state.notices[0].notice_id,))
    assert routes.route(world.state, told, world.surroundings) == routes.TENDER


def test_a_truth_about_another_purchase_is_not_told_to_this_shopper() -> None:
    world = next(w for w in WORLDS if w.name == "charged-no")
    other = replace(world.state.sale, sale_id="s2")
    assert routes.route(replace(world.state, sale=other), Desk(), shop()) == routes.TENDER


@pytest.mark.parametrize("health", ["absent", "blocked", "fault"])
def test_without_a_payment_terminal_no_purchase_is_begun_but_an_open_one_goes_on(health) -> None:
    around = shop(devices={"poi": DeviceStatus(health)})
    assert routes.route(TerminalState(), Desk(), around) == routes.OUT_OF_SERVICE
    assert routes.route(TerminalState(sale=basket_sale()), Desk(), around) == routes.BASKET
