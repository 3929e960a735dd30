"""Which of the till's screens is due."""

from dataclasses import replace

import pytest

from terminal.core.commands import CancelSale
from terminal.core.state import SaleStatus
from terminal.presenters import routes as every_role
from terminal.presenters.desk import Desk
from terminal.presenters.till import dialogs, routes
from terminal.services.service_requests import OpenService
from terminal.ui.samples import till

WORLDS = till.worlds()


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_world_is_routed_to_its_screen(world):
    assert every_role.route(world.state, world.desk, world.surroundings) == world.route


def test_a_resumed_sale_opens_without_a_touch():
    """REC-03, REC-11: the operator is still signed on, the ticket is on the screen."""
    state = till.signed_on(till.goods_sale())
    assert routes.route_till(state, Desk(), till.till()) == routes.SALE


def test_a_sale_resumed_in_the_middle_of_paying_opens_on_the_payment():
    state = till.signed_on(till.goods_sale(SaleStatus.TENDERING))
    assert routes.route_till(state, Desk(), till.till()) == routes.TENDER
    assert routes.route_till(state, Desk(panel=routes.SALE), till.till()) == routes.SALE


def test_money_in_doubt_comes_before_everything_but_the_storage(worlds):
    unknown = worlds["unknown"]
    for panel in ("", routes.NOTICES, routes.TENDER, routes.SALE):
        desk = Desk(panel=panel)
        assert routes.route_till(unknown.state, desk, unknown.surroundings) == routes.UNKNOWN
    full = replace(unknown.surroundings, storage_problem="storage_full")
    assert routes.route_till(unknown.state, Desk(), full) == routes.STORAGE


def test_nobody_sells_without_signing_on(worlds):
    state = replace(worlds["sale"].state, operator=None)
    assert routes.route_till(state, Desk(), till.till()) == routes.SIGN_ON


def test_an_empty_basket_cannot_be_paid():
    state = till.signed_on(replace(till.goods_sale(), lines=()))
    assert routes.route_till(state, Desk(panel=routes.TENDER), till.till()) == routes.SALE


@pytest.mark.parametrize(
    ("desk", "full", "broken"),
    [
        (Desk(overlay="parked"), "parked", ""),
        (Desk(overlay="operator"), "operator", ""),
        (Desk(overlay="search"), "", ""),
        (Desk(blocked=OpenService()), "override", "override"),
        (Desk(blocked=CancelSale("left")), "override", ""),
    ],
)
def test_over_a_disk_at_its_end_only_what_still_can_be_done_opens(worlds, desk, full, broken):
    """What the screen offers opens: parked sales, signing off, somebody who may."""
    state, around = worlds["disk-full"].state, worlds["disk-full"].surroundings
    assert routes.route_till(state, desk, around) == routes.STORAGE
    assert dialogs.due_form(state, desk, around) == full
    refusing = replace(around, storage_problem="storage_read_only")
    assert dialogs.due_form(state, desk, refusing) == broken
