"""The sale screen: what a cashier reads on it (SAL-01 to SAL-08)."""

import pytest

from terminal.core.commands import SelectLine, VoidLine
from terminal.presenters.keys import action_for
from terminal.presenters.till import sale
from terminal.services.requests import ListReceipts


def labelled(actions, icon):
    return next(action for action in actions if action.icon == icon)


def test_the_heading_says_who_where_which_and_when(show):
    """SAL-01, SAL-09, NUM-04."""
    heading = show(sale.present, "sale").heading
    assert (heading.title, heading.shop) == ("Caisse 3001", "Maison Reprise")
    assert [(f.label, f.value) for f in heading.facts] == [
        ("Vente n°", "1036"),
        ("Vendeur", "aucun"),
    ]
    assert heading.operator.label == "Pierre"
    assert (heading.date, heading.clock) == ("mercredi 8 septembre 2021", "10:45:32")
    assert [dot.tone for dot in heading.dots] == ["good", "good", "good"]


def test_a_device_in_trouble_is_said_in_colour_and_in_words(show):
    view = show(sale.present, "paper-out")
    assert [dot.tone for dot in view.heading.dots] == ["bad", "good", "good"]
    assert "papier" in view.banner.text


def test_lines_show_quantity_price_discount_and_net(show):
    """SAL-04, SAL-11, SAL-13."""
    rows = show(sale.present, "sale").rows
    assert [(r.n, r.quantity, r.price, r.discount, r.net) for r in rows] == [
        ("1", "1", "99,00", "", "99,00"),
        ("2", "1", "150,00", "−10\u00a0%", "135,00"),
        ("3", "1", "5,00", "", "5,00"),
        ("4", "1", "CADEAU", "", "0,00"),
    ]
    assert rows[1].detail == "dont éco-participation 5,20 · Fin de saison"
    assert rows[2].detail == "Vert · 29/30"
    assert [r.selected for r in rows] == [False, False, True, False]


def test_void_return_weighed_and_foot_lines_are_told_apart(show):
    """SAL-10, SAL-12."""
    rows = show(sale.present, "sale-busy").rows
    assert rows[1].quantity == "0,842\u00a0kg"
    assert (rows[2].void, rows[2].net, rows[2].discount) == (True, "0,00", "")
    assert (rows[3].tone, rows[3].quantity, rows[3].net) == ("return", "−1", "−150,00")
    assert rows[5].tone == "gift"
    assert (rows[-1].tone, rows[-1].n, rows[-1].net) == ("foot", "", "−5,00")


def test_the_total_is_there_with_and_without_a_sale(show):
    """SAL-03."""
    assert show(sale.present, "sale").total.amount == "239,00\u00a0€"
    assert show(sale.present, "sale-empty").total.amount == "0,00\u00a0€"


def test_the_selected_line_is_detailed(show):
    """SAL-05."""
    detail = show(sale.present, "sale-busy").detail
    assert detail.title.startswith("Petit beurre")
    assert "Biscuits" in detail.text
    assert ("Remise", "Date courte") in [(f.label, f.value) for f in detail.facts]


def test_touching_a_line_selects_it(show):
    assert show(sale.present, "sale").rows[0].press.intent == SelectLine(1)


@pytest.mark.parametrize("tab", ["articles", "ticket", "customer"])
def test_function_keys_work_whatever_tab_is_in_sight(show, tab):
    """SAL-06, SAL-07."""
    view = show(sale.present, "sale", tab=tab)
    assert action_for((view,), "F11") == VoidLine(3)
    for key in ("F3", "F5", "F6", "F7", "F8", "F9", "F10", "F12"):
        assert action_for((view,), key) is not None, key


def test_every_function_key_stands_on_one_action_only(show):
    view = show(sale.present, "sale")
    keys = [a.key for a in (*view.actions, *view.elsewhere, view.checkout) if a.key]
    assert sorted(keys) == sorted(set(keys))


def test_nothing_can_be_done_to_a_line_that_is_not_there(show):
    view = show(sale.present, "sale-empty")
    live = {action.icon for action in view.actions if action.enabled}
    assert live == {"undo-2", "search", "scale"}
    assert not view.checkout.enabled


def test_recall_waits_for_the_sale_to_be_over(show):
    ticket = show(sale.present, "sale-ticket").actions
    assert not labelled(ticket, "history").enabled
    assert labelled(ticket, "receipt-text").intent.steps[0] == ListReceipts()


def test_the_customer_tab_says_what_it_waits_for(show):
    """SAL-02: coloured while nobody is identified."""
    view = show(sale.present, "sale-customer")
    assert not view.customer.identified
    assert view.actions == ()
    assert "siège" in view.note
