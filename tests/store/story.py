"""A day at one terminal, told through the core's own decisions: what the tests write and replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from terminal.core import commands as c
from terminal.core import device_facts, payment
from terminal.core import events as e
from terminal.core.buyer import Party
from terminal.core.decide import decide
from terminal.core.errors import Refused
from terminal.core.evolve import evolve
from terminal.core.items import Article, Unit
from terminal.core.law_commands import BeginTraining, RecordExport
from terminal.core.policy import Moment, Policy
from terminal.core.returned import ReceiptLine
from terminal.core.state import CardResult, TerminalState
from terminal.core.valued import Benefit, Coupon, Points

FLOUR = Article("3270190128724", "Farine de blé", "Carrefour Bio", "Bio", 250, 550)
RADISH = Article(
    "2000000000053", "Tablier radis", "", "Jardin", 1500, 2000, attributes=(("ref", "M0035"),)
)
BANANAS = Article("4011", "Bananes", "", "Fruits et légumes", 199, 550, Unit.KILOGRAM)
WINE = Article("3760152700704", "Vin de pays", "Cave", "Boissons", 899, 2000, minimum_age=18)
CARD = CardResult(
    "A12345", "poi-7", "poi-1", "CB", "4242", "contactless", "A0000000421010", ("OK",)
)

SELLER = Party(
    "Librairie Reprise", ("1 rue du Marché",), "75001", "Paris", "FR",
    vat_id="FR83404833048", siret="40483304800022",
)  # fmt: skip
BUYER = Party(
    "Atelier Martin", ("12 avenue de la Gare", "Bâtiment B"), "69003", "Lyon", "FR",
    siret="73282932000074",
)  # fmt: skip

Batch = tuple[tuple[e.Event, ...], Moment]


@dataclass
class Story:
    """Collects batches of events, each legal on the state before it."""

    policy: Policy = field(default_factory=Policy)
    state: TerminalState = field(default_factory=TerminalState)
    at_ms: int = 1_790_000_000_000
    business_date: str = "2026-09-21"
    batches: list[Batch] = field(default_factory=list)

    def moment(self) -> Moment:
        self.at_ms += 1_000
        return Moment(self.at_ms, self.business_date)

    def record(self, events: Sequence[e.Event]) -> None:
        """Take events that no command decides."""
        moment = self.moment()
        for event in events:
            self.state = evolve(self.state, event, moment)
        self.batches.append((tuple(events), moment))

    def do(self, command: c.Command) -> None:
        """Carry a command out; a refusal is a mistake of the story."""
        decision = decide(self.state, command, self.policy, self.moment())
        assert not isinstance(decision, Refused), (command, decision)
        self.record(decision)

    @property
    def attempt(self) -> str:
        return next(iter(self.state.attempts))

    def sign_on(self, operator_id: str = "1", role: str = "cashier") -> None:
        self.do(c.SignOn(operator_id, f"Operator {operator_id}", role))

    def sell(self, *articles: Article) -> None:
        for article in articles:
            self.do(c.AddItem(article.code, article))

    def pay_by_card(self, amount_minor: int, *, acked: bool = True) -> None:
        self.do(c.TenderCard(amount_minor, "poi-1"))
        self.record(payment.sending(self.state, self.attempt, {"receipt": "41"}))
        self.record(
            payment.approve(
                self.state,
                self.attempt,
                amount_minor=abs(amount_minor),
                acked=acked,
                card=CARD,
                policy=self.policy,
            )
        )
        if not acked:
            self.record(payment.acknowledge(self.state, self.attempt, self.policy))

    def print_out(self) -> None:
        """Let the newest job come out of the printer."""
        job = self.state.last_job
        for step in ("sending", "begun", "printed", "cut", "done"):
            self.record([e.PrintJobAdvanced(job, step, 1, "")])

    def cash_sale(self, *articles: Article, handed_minor: int) -> None:
        """Sell, take cash, print, and leave the screen."""
        self.sell(*articles)
        self.do(c.TenderCash(handed_minor))
        self.print_out()
        self.do(c.NextCustomer())


def long_day() -> Story:
    """Return a story in which every type of event occurs."""
    s = Story()
    s.record([e.TerminalStarted("0.1.0", "till", clean=True)])
    s.record([e.Recovered("", 0, 0, 0, 0)])
    s.do(c.RejectSignOn("1"))
    s.sign_on()
    s.do(c.ChooseLanguage("en"))
    s.cash_sale(FLOUR, FLOUR, handed_minor=1000)
    _basket_of_everything(s)
    _card_troubles(s)
    _other_endings(s)
    s.record([e.NoticeRaised(s.state.last_notice + 1, "printer", {"reason": "paper", "jobs": 1})])
    s.do(c.Acknowledge(s.state.last_notice))
    s.record([e.ClockSetBack(s.at_ms - 86_400_000, s.at_ms)])
    s.record([e.ClockJumped(s.at_ms - 86_400_000, s.at_ms)])
    boot = "0c14d418-2daa-408d-998e-1d37bcbb5fc7"
    s.record([e.ClockTrustChanged("ntp", "time_server", boot, 3_600_000, s.at_ms)])
    s.record([e.PaymentsReconciled("poi-1", 3, 2050, 3, 2050, 0)])
    s.do(c.CallHelp("age"))
    s.do(c.DismissHelp())
    s.record([e.AuthorityGiven("9", "1", "OpenDrawer")])
    s.do(c.OpenDrawer("float"))
    s.do(c.AdoptDevice("printer", "usblp:04b8:0e28/X3YT01", "EPSON", "TM-T20III", "X3YT01"))
    _around_the_till(s)
    _the_books(s)
    s.do(c.SignOff())
    s.record([e.TerminalStopped()])
    return s


def _around_the_till(s: Story) -> None:
    s.record([e.DrawerSensorLearned("sim:drawer", "high")])
    s.record([e.DrawerForced()])
    s.record(device_facts.left_open(s.state, 60_000))
    s.record(device_facts.closed(s.state, 75_000))
    s.record(device_facts.power_failed(s.state, 300))
    s.record(device_facts.power_restored(s.state, "mains", s.moment()))


def _basket_of_everything(s: Story) -> None:
    s.sell(FLOUR, RADISH, WINE)
    s.do(c.AddItem(BANANAS.code, BANANAS, weight_g=1234))
    s.do(c.AddItem(RADISH.code, RADISH, is_return=True, reason="torn"))
    s.do(c.AddDeposit("DOC-1", 500))
    s.do(c.SelectLine(1))
    s.do(c.SetQuantity(1, 3))
    s.do(c.SetPrice(2, 1200, "shelf price"))
    s.do(c.GrantDiscount(2, 1000, None, "loyal customer"))
    s.do(c.GrantDiscount(None, None, 100, "coupon", "C-9"))
    s.do(c.VoidLine(5))
    s.do(c.SetSalesperson("77"))
    s.do(c.ApproveAge())
    s.do(c.TenderCash(500))
    s.do(c.RemoveTender(1, "changed her mind"))
    if s.state.sale is not None and s.state.sale.status == "tendering":
        s.sell(FLOUR)
    s.do(
        c.ValueSale(
            "hub",
            "Anabelle",
            "1004",
            Points(542, -300, 16_506, s.at_ms, "2033-09-06"),
            (Benefit("discounts", "VIP", "amount", -100), Benefit("gifts", "Kit", text="M0039")),
            (Coupon(1500, "Next time", "2026-09-21", "2026-12-20", "10 %"),),
            "Welcome back",
        )
    )
    s.do(c.TenderCheque(1000, "0001234"))
    s.pay_by_card(300, acked=False)
    s.do(c.TenderCash(20_000))
    assert s.state.sale is not None
    receipt = s.state.sale.receipt_number
    s.print_out()
    s.do(c.Reprint(receipt, s.state.sale.sale_id, 0, "fr"))
    s.print_out()
    s.do(c.IssueInvoice(s.state.sale, BUYER, SELLER.values()))
    s.do(c.CopyInvoice("FA3001-000001", receipt, 0))
    s.do(c.NextCustomer())


def _card_troubles(s: Story) -> None:
    s.sign_on("9", "supervisor")
    s.sell(RADISH)
    s.do(c.TenderCard(1500, "poi-1"))
    s.record(payment.sending(s.state, s.attempt, {}))
    s.record(payment.end(s.state, s.attempt, "declined", "51", "insufficient funds"))
    s.do(c.TenderCard(700, "poi-1"))
    s.record(payment.sending(s.state, s.attempt, {}))
    s.record(payment.unknown(s.state, s.attempt, "no_answer", "line cut"))
    s.do(c.Resolve(2, "paid", "slip seen", "slip 0042"))
    card = next(t.attempt_id for t in s.state.sale.tenders if t.status == "booked")
    s.record(payment.reversing(s.state, card, "customer left", "0000000099"))
    s.record(payment.reversal_failed(s.state, card, False, "no_answer"))
    s.record(payment.reversed_(s.state, card, "poi-8", "9"))
    s.pay_by_card(1500)
    s.print_out()
    s.do(c.NextCustomer())


def _other_endings(s: Story) -> None:
    s.sell(FLOUR)
    s.do(c.ParkSale("red coat"))
    s.sell(BANANAS_BY_PIECE)
    _line_of_another_receipt(s)
    s.do(c.CancelSale("left"))
    s.do(c.NextCustomer())
    s.do(c.RecallSale(next(iter(s.state.parked))))
    s.do(c.TenderCash(250))
    s.print_out()
    s.do(c.NextCustomer())
    kiosk = Policy(role="kiosk", receipt_choices=("print", "email", "none"))
    staffed, s.policy = s.policy, kiosk
    s.sell(FLOUR)
    s.pay_by_card(250)
    s.do(c.QueueLetter("0011223344556677", "c•••@e•••.fr", "f00d" * 4, printed=False))
    s.record([e.ReceiptMailEnded("0011223344556677", "sent", 1, "")])
    s.do(c.NextCustomer())
    s.policy = staffed


def _line_of_another_receipt(s: Story) -> None:
    tong = ReceiptLine(2, "8700000000018", "Tong", 3, 0, 1000, 2000, already=1)
    seen = s.state.last_receipt_sequence
    s.do(c.TakeBackLines("820300200000000017", ((tong, 2),), "too small", True, seen))


def _the_books(s: Story) -> None:
    s.do(c.MoveCash("float", 10_000, "change"))
    s.do(c.ClosePeriod("day", (("cash", 9_990),), "a coin fell"))
    s.do(c.ReprintClosure("day", 1, 0))
    s.record([e.ClosureExtracted("day", 1, 0, "closure.json", "00" * 32, "")])
    s.do(BeginTraining())
    s.record([e.TrainingEnded(2, "AAAA")])
    s.do(RecordExport("fec", "2026-09-21", "2026-09-21", "fec.txt", "00" * 32))
    s.record([e.SigningKeyAdopted("0123456789abcdef", "ES256", "AAAA", "file")])
    s.record([e.ArchiveMade("2026-09-21", "2026-09-21", "a.zip", "00" * 32, 1, {"JET": 1})])
    copied = e.ArchiveCopied(
        "2026-09-21", "2026-09-21", "a.zip", "00" * 32, "STICK", "S1", external=True
    )
    s.record([copied])
    s.record([e.SettingsNoted({"shop.name": '"Reprise"'})])
    s.record([e.Maintained("rebuild", "none")])
    s.record([e.BooksRestored(9, "00" * 32, s.at_ms, "STICK", 1000)])
    s.record([e.ClockConfirmed(s.at_ms - 86_400_000, s.at_ms, "9")])
    s.record([e.RecordSigned("JET", 1, "1", "R1,JET", "{}", "AAAA", "0123456789abcdef")])
    purged = e.JournalPurged(
        1, 2, "2026-09-21", "00" * 32, "00" * 32, (("a.zip", "00" * 32, 0),), (), 0, 0
    )
    s.record([purged])


BANANAS_BY_PIECE = Article("4012", "Banane", "", "Fruits et légumes", 40, 550)
