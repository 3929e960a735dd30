"""Vouchers and deposits: when their VAT is due, what is left of them, and what is refused."""

from __future__ import annotations

import pytest

from terminal.core.commands import (
    AddDeposit,
    CancelSale,
    GrantDiscount,
    NextCustomer,
    ParkSale,
    RemoveTender,
    SellVoucher,
    SetPrice,
    SetQuantity,
    TenderCash,
    UseCredit,
    VoidLine,
)
from terminal.core.credits import Credit, left, moves
from terminal.fiscal import jet

MULTI = Credit("voucher_multi", "V-1", 0, 5000, 5000)
SINGLE = Credit("voucher_single", "V-2", 2000, 5000, 5000)
DEPOSIT = Credit("deposit", "CMD-7", 2000, 3000, 3000)


def vat(till) -> list[tuple[int, int, int, int]]:
    return [(r.rate_bp, r.net_minor, r.vat_minor, r.gross_minor) for r in till.sums.vat]


def test_a_multi_purpose_voucher_bears_no_vat_when_it_is_sold(till):
    """CGI 256 ter."""
    assert till.do(SellVoucher("V-1", 5000)) == ["SaleOpened", "LineAdded"]
    assert vat(till) == [(0, 5000, 0, 5000)]
    assert till.sums.article_count == 0
    till.do(TenderCash(5000))
    assert [(one.kind, one.amount_minor) for one in moves(till.sale)] == [("voucher_multi", 5000)]
    assert [entry.info for entry in jet.of_completed(till.sale)] == ["voucher_multi 5000"]


def test_a_multi_purpose_voucher_pays_and_what_it_pays_for_is_taxed(till):
    till.sell(3000)
    assert till.do(UseCredit(MULTI)) == [
        "TenderingStarted", "TenderBooked", "SaleCompleted", "PrintJobQueued",
    ]  # fmt: skip
    assert vat(till) == [(2000, 2500, 500, 3000)]
    assert [(one.kind, one.number, one.amount_minor) for one in moves(till.sale)] == [
        ("voucher_multi", "V-1", -3000),
    ]  # fmt: skip
    assert till.state.books.day.tenders == (("voucher", 3000),)
    assert till.state.books.drawer_minor == 0


def test_a_voucher_that_does_not_suffice_leaves_the_rest_to_pay(till):
    till.sell(8000)
    till.do(UseCredit(MULTI))
    assert (till.sums.due_minor, left(till.state, MULTI)) == (3000, 0)
    assert till.do(UseCredit(MULTI)) == "credit_spent"
    till.do(RemoveTender(1))
    assert left(till.state, MULTI) == 5000


def test_a_single_purpose_voucher_is_taxed_when_it_is_sold_and_never_again(till):
    """CGI 256 ter."""
    till.do(SellVoucher("V-2", 5000, 2000))
    assert vat(till) == [(2000, 4167, 833, 5000)]
    till.do(TenderCash(5000))
    till.do(NextCustomer())
    till.sell(5000)
    till.sell(1000, vat_rate_bp=550)
    assert till.do(UseCredit(SINGLE)) == ["LineAdded"]
    assert vat(till) == [(550, 948, 52, 1000), (2000, 0, 0, 0)]
    till.do(TenderCash(1000))
    assert [one.amount_minor for one in moves(till.sale)] == [-5000]
    assert jet.of_completed(till.sale) == (), "a deduction is no return"


def test_a_single_purpose_voucher_stands_for_goods_of_its_rate(till):
    till.sell(5000, vat_rate_bp=550)
    assert till.do(UseCredit(SINGLE)) == "deduction_too_large"
    till.sell(2000)
    assert till.do(UseCredit(SINGLE, 2500)) == "deduction_too_large"
    till.do(UseCredit(SINGLE))
    assert (till.sums.total_minor, left(till.state, SINGLE)) == (5000, 3000)


def test_the_vat_of_a_deposit_is_due_when_it_is_paid_and_comes_off_later(till):
    """CGI 269."""
    till.do(AddDeposit("CMD-7", 3000))
    assert vat(till) == [(2000, 2500, 500, 3000)]
    till.do(TenderCash(3000))
    till.do(NextCustomer())
    till.sell(12_000)
    till.do(UseCredit(DEPOSIT))
    assert vat(till) == [(2000, 7500, 1500, 9000)]
    assert till.sale.lines[1].kind == "deposit_used"
    assert not till.sale.lines[1].is_return


def test_a_deposit_at_another_rate_gives_its_own_vat_back(till):
    till.sell(12_000, vat_rate_bp=550)
    till.do(UseCredit(DEPOSIT))
    assert vat(till) == [(550, 11_374, 626, 12_000), (2000, -2500, -500, -3000)]


def test_what_is_deducted_is_never_paid_out(till):
    till.sell(3000)
    till.do(UseCredit(DEPOSIT))
    till.do(VoidLine(1))
    assert till.do(TenderCash(-3000)) == "deduction_too_large"
    till.do(VoidLine(2))
    till.sell(2000, vat_rate_bp=550)
    till.sell(2000)
    till.do(UseCredit(SINGLE))
    till.do(VoidLine(4))
    assert till.do(TenderCash(0)) == "deduction_too_large"


def test_a_parked_sale_holds_what_it_has_deducted(till):
    till.sell(3000)
    till.do(UseCredit(DEPOSIT, 2000))
    till.do(ParkSale("red coat"))
    till.sell(3000)
    till.do(UseCredit(DEPOSIT))
    assert till.sale.lines[1].unit_price_minor == 1000
    till.do(CancelSale("left"))
    till.do(NextCustomer())
    assert left(till.state, DEPOSIT) == 1000


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (SellVoucher("", 5000), "number_required"),
        (SellVoucher("V-9", 0), "amount_out_of_range"),
        (SellVoucher("V-9", 5000, 0), "bad_request"),
        (SellVoucher("V\x00", 5000), "bad_request"),
        (UseCredit(MULTI, 5001), "amount_out_of_range"),
        (UseCredit(MULTI, 3001), "overpayment_not_allowed"),
        (UseCredit(DEPOSIT, 0), "amount_out_of_range"),
        (SetQuantity(2, 2), "quantity_not_allowed"),
        (SetPrice(2, 9000, "more"), "deduction_not_changed"),
        (GrantDiscount(2, 1000, None, "less"), "deduction_not_changed"),
    ],
)
def test_what_is_refused(till, command, code):
    till.sell(4000)
    till.do(UseCredit(DEPOSIT, 1000))
    assert till.do(command) == code


def test_a_number_is_sold_once_and_nothing_pays_for_nothing(till):
    till.do(SellVoucher("V-1", 5000))
    assert till.do(SellVoucher("V-1", 5000)) == "voucher_known"
    till.do(VoidLine(1))
    assert till.do(UseCredit(MULTI)) == "sale_empty"


def test_a_shopper_at_a_kiosk_sells_no_voucher_and_uses_none(kiosk):
    kiosk.sell(4000)
    assert kiosk.do(SellVoucher("V-1", 5000)) == "not_signed_on"
    assert kiosk.do(UseCredit(MULTI)) == "not_signed_on"
