"""``decide(state, command) -> events | Refused``: the one door to every change of the terminal.

Pure and total: for any state that ``evolve`` can make and any command it returns the events to
record in one transaction, none when there is nothing to change, or why it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.core import (
    closing,
    commands,
    credit_commands,
    exporting,
    invoice_commands,
    invoicing,
    law_facts,
    mailing,
    receipt_commands,
    returning,
    sale,
    selling,
    tendering,
    till,
    training,
    valuation,
    vouchers,
)
from terminal.core.law_commands import BeginTraining, ConfirmClock, RecordExport
from terminal.core.policy import Moment, Policy
from terminal.core.sale import Decision
from terminal.core.state import TerminalState

__all__ = ["Decision", "decide"]

_BY_POLICY: Mapping[type, Callable[[TerminalState, Any, Policy], Decision]] = {
    commands.SignOff: till.sign_off,
    commands.Acknowledge: till.acknowledge,
    commands.Reprint: till.reprint,
    commands.PrintGift: till.print_gift,
    commands.PrintSlip: till.print_slip,
    commands.ChooseLanguage: till.choose_language,
    commands.CallHelp: till.call_help,
    commands.DismissHelp: till.dismiss_help,
    commands.OpenDrawer: till.open_drawer,
    commands.AdoptDevice: till.adopt_device,
    commands.AddItem: selling.add_item,
    receipt_commands.TakeBackLines: returning.take_back_lines,
    commands.AddDeposit: selling.add_deposit,
    credit_commands.SellVoucher: vouchers.sell_voucher,
    credit_commands.UseCredit: vouchers.use_credit,
    commands.SelectLine: selling.select_line,
    commands.SetQuantity: selling.set_quantity,
    commands.VoidLine: selling.void_line,
    commands.SetPrice: selling.set_price,
    commands.GrantDiscount: selling.grant_discount,
    commands.ValueSale: valuation.value_sale,
    commands.ApproveAge: selling.approve_age,
    commands.SetSalesperson: selling.set_salesperson,
    commands.TenderCash: tendering.tender_cash,
    commands.TenderCheque: tendering.tender_cheque,
    commands.TenderCard: tendering.tender_card,
    commands.TenderCashMachine: tendering.tender_cash_machine,
    commands.RemoveTender: tendering.remove_tender,
    commands.Resolve: tendering.resolve,
    commands.CancelSale: sale.cancel,
    commands.ParkSale: sale.park,
    commands.RecallSale: sale.recall,
    commands.ChooseReceipt: sale.choose_receipt,
    receipt_commands.QueueLetter: mailing.queue_letter,
    commands.NextCustomer: sale.leave,
    commands.MoveCash: closing.move_cash,
    commands.PrintReading: closing.reading,
    invoice_commands.IssueInvoice: invoicing.issue,
    invoice_commands.CopyInvoice: invoicing.copy,
    commands.ReprintClosure: closing.reprint,
    BeginTraining: training.begin,
    RecordExport: exporting.record,
}
_BY_TIME: Mapping[type, Callable[[TerminalState, Any, Moment], Decision]] = {
    commands.SignOn: till.sign_on,
    commands.RejectSignOn: till.reject_sign_on,
}
"""Decisions that depend on the time and on no rule of the shop: wrong PINs lock for a while."""


_BY_BOTH: Mapping[type, Callable[[TerminalState, Any, Policy, Moment], Decision]] = {
    commands.ClosePeriod: closing.close,
    ConfirmClock: law_facts.confirm_clock,
}


def decide(
    state: TerminalState, command: commands.Command, policy: Policy, moment: Moment
) -> Decision:
    """Return the events that carry a command out, or the refusal that explains why not."""
    both = _BY_BOTH.get(type(command))
    if both is not None:
        return both(state, command, policy, moment)
    timed = _BY_TIME.get(type(command))
    if timed is not None:
        return timed(state, command, moment)
    return _BY_POLICY[type(command)](state, command, policy)
