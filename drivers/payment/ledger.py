"""The journal of the simulated payment terminal: what it remembers without power."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from drivers.payment.transaction import REFUND, REVERSED, STANDING, Transaction
from drivers.simulation import DurableLines

RETENTION = 50_000
"""Transactions kept; the oldest is forgotten, as real terminals do after their close of day."""
MOVED = (*STANDING, REVERSED)
"""Outcomes of what was approved, at least for a while."""


@dataclass(frozen=True, slots=True)
class Day:
    """What stands since the last close: amounts in minor units."""

    payment_minor: int
    payments: int
    refund_minor: int
    refunds: int
    currency: str


class Ledger:
    """Transactions by reference, each change on the disk before it is answered."""

    def __init__(self, memory: DurableLines) -> None:
        self._memory = memory
        self._money: DurableLines | None = None
        self._transactions: dict[str, Transaction] = {}
        self._to_be_acked: set[str] = set()
        self._undone_by: dict[str, str] = {}
        self._closed = 0
        self.count = 0
        """Transactions ever recorded: the trace number."""
        for record in memory.load():
            self._apply(record)

    def find(self, ref: str) -> Transaction | None:
        """Return the transaction of a reference."""
        return self._transactions.get(ref)

    def last(self) -> str:
        """Return the newest reference; empty at a new terminal."""
        return next(reversed(self._transactions), "")

    def find_last(self) -> Transaction | None:
        """Return the newest transaction; None at a new terminal."""
        return self._transactions.get(self.last())

    def find_number(self, transaction: str) -> Transaction | None:
        """Return the approval that has this transaction number."""
        return self.newest(lambda said: bool(transaction) and said.transaction == transaction)

    def newest(self, fits: Callable[[Transaction], bool]) -> Transaction | None:
        """Return the newest transaction that fits."""
        return next((one for one in reversed(self._transactions.values()) if fits(one)), None)

    def find_reversal(self, reason: str) -> Transaction | None:
        """Return the transaction that this reversal undid."""
        return self._transactions.get(self._undone_by.get(reason, ""))

    def day(self) -> Day:
        """Return what stands since the last close."""
        left = max(0, self.count - self._closed)
        said = list(self._transactions.values())[-left:] if left else []
        paid = [one for one in said if one.outcome in STANDING and one.op != REFUND]
        given = [one for one in said if one.outcome in STANDING and one.op == REFUND]
        return Day(
            payment_minor=sum(one.authorized for one in paid),
            payments=len(paid),
            refund_minor=sum(one.authorized for one in given),
            refunds=len(given),
            currency=next((one.currency for one in reversed(paid + given)), ""),
        )

    def close_day(self) -> None:
        """Begin a new day: what stands now is in no later total."""
        self._write({"event": "closed", "count": self.count})

    def end(self, transaction: Transaction, *, to_be_acked: bool = False) -> None:
        """Record how a request ended."""
        self._write({"event": "ended", "to_be_acked": to_be_acked, **asdict(transaction)})

    def ack(self, ref: str) -> None:
        """Record that the host acknowledged an approval."""
        if ref in self._transactions and not self._transactions[ref].acked:
            self._write({"event": "acked", "ref": ref})

    def reverse(self, ref: str, reason: str) -> Transaction:
        """Undo an approval and return it as it is now."""
        self._write({"event": "reversed", "ref": ref, "reason": reason})
        return self._transactions[ref]

    def waiting(self) -> tuple[str, ...]:
        """Return the references whose approval waits for an acknowledgement, oldest first."""
        return tuple(ref for ref in self._transactions if ref in self._to_be_acked)

    def undo_unacked(self) -> None:
        """Undo every approval whose acknowledgement never came."""
        for ref in self.waiting():
            self.reverse(ref, "not acknowledged")

    def stands(self, ref: str) -> bool:
        """Tell whether the reference was approved and not undone: money has moved."""
        found = self._transactions.get(ref)
        return found is not None and found.outcome in STANDING

    def keep_money(self, money: DurableLines) -> None:
        """From now on keep the approvals and their reversals, and nothing else, there as well.

        A line is durable before anybody is told; what the memory has and the file lacks, because
        the program was killed between the two, is made good here.
        """
        paid = [one for one in self._transactions.values() if one.outcome in MOVED]
        undone = [one for one in paid if one.outcome == REVERSED]
        money.replace([*map(_approval, paid), *(_reversal(one.ref) for one in undone)])
        self._money = money

    def entries(self) -> list[Mapping[str, Any]]:
        """Return what happened to every reference, oldest first."""
        return [
            {
                "ref": said.ref,
                "op": said.op,
                "amount_minor": said.authorized if said.outcome in STANDING else said.amount,
                "currency": said.currency,
                "state": said.outcome,
                "transaction": said.transaction,
                "acked": said.acked,
            }
            for said in self._transactions.values()
        ]

    def _write(self, record: Mapping[str, Any]) -> None:
        self._memory.append([record])
        self._apply(record)
        if self._money is None:
            return
        if record["event"] == "ended" and record["outcome"] in STANDING:
            self._money.append([_approval(self._transactions[record["ref"]])])
        elif record["event"] == "reversed":
            self._money.append([_reversal(record["ref"])])

    def _apply(self, record: Mapping[str, Any]) -> None:
        if record["event"] == "closed":
            self._closed = record["count"]
            return
        ref = record["ref"]
        if record["event"] == "ended":
            values = {field.name: record[field.name] for field in fields(Transaction)}
            values["slip"] = tuple(values["slip"])
            self._transactions[ref] = Transaction(**values)
            self.count += 1
            if record["to_be_acked"]:
                self._to_be_acked.add(ref)
            if len(self._transactions) > RETENTION:
                del self._transactions[next(iter(self._transactions))]
            return
        self._to_be_acked.discard(ref)
        if ref not in self._transactions:
            return
        if record["event"] == "reversed":
            self._undone_by[record["reason"]] = ref
        change = {"acked": True} if record["event"] == "acked" else {"outcome": "reversed"}
        self._transactions[ref] = replace(self._transactions[ref], **change)


def _approval(said: Transaction) -> Mapping[str, Any]:
    return {
        "event": "approved",
        "ref": said.ref,
        "op": said.op,
        "amount_minor": said.authorized,
        "currency": said.currency,
        "transaction": said.transaction,
    }


def _reversal(ref: str) -> Mapping[str, Any]:
    return {"event": "reversed", "ref": ref}
