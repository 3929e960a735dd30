"""A receipt's compact statement: one form for one receipt, and small enough for a telephone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from terminal.core.numbering import receipt_number
from terminal.core.state import Discount
from terminal.fiscal import statement as stated
from terminal.fiscal.statement import Envelope, NotAStatement, StatedLine, Statement
from tests.delivery.baskets import completed, line, of_articles
from tests.zbar import Reader

SIGNATURE = bytes((7 * n + 13) % 256 for n in range(64))


def code_of(sale) -> str:
    body = stated.pack(stated.statement_of(sale, "3001"))
    return stated.code_of(Envelope(stated.ES256, "0123456789abcdef", SIGNATURE, body))


NUMBERS = st.integers(1, 10**10 - 1).map(lambda n: receipt_number("82", "3001", n))
CODES = st.one_of(st.from_regex(r"\A[0-9]{1,30}\Z"), st.text(min_size=1, max_size=40))
RATES = st.sampled_from((0, 210, 550, 1000, 2000))
LINES = st.builds(
    StatedLine,
    n=st.integers(1, 30),
    code=CODES,
    quantity=st.integers(-9999, 9999),
    paid_minor=st.integers(-99_999_999, 99_999_999),
    vat_rate_bp=RATES,
    weight_g=st.integers(0, 99_999),
    is_article=st.booleans(),
)
STATEMENTS = st.builds(
    Statement,
    receipt_number=NUMBERS,
    till=st.from_regex(r"\A[0-9]{4}\Z"),
    completed_s=st.integers(0, 2**40 - 1),
    currency=st.sampled_from(("EUR", "CHF")),
    lines=st.lists(LINES, max_size=12, unique_by=lambda one: one.n).map(
        lambda lines: tuple(sorted(lines, key=lambda one: one.n))
    ),
)


@given(STATEMENTS)
def test_what_is_packed_comes_out_the_same(statement):
    assert stated.unpack(stated.pack(statement)) == statement


@given(st.binary(max_size=300))
def test_bytes_are_a_statement_in_one_form_or_none(body):
    try:
        statement = stated.unpack(body)
    except NotAStatement:
        return
    assert stated.pack(statement) == body


@given(st.binary(min_size=1, max_size=200))
def test_digits_hold_bytes_and_nothing_else(data):
    digits = stated.digits_of(data)
    assert stated.bytes_of(digits) == data
    with pytest.raises(NotAStatement):
        stated.bytes_of("9" * 17)


@given(st.text(alphabet="0123456789", min_size=50, max_size=400))
def test_any_digits_at_all_are_opened_or_refused(digits):
    """RCP-04: a code comes from strangers."""
    try:
        envelope = stated.open_code(stated.PREFIX + digits)
    except NotAStatement:
        return
    assert stated.code_of(envelope) == stated.PREFIX + digits


def test_the_statement_says_what_was_paid_for_each_line():
    """Discounts of the line and the share of those at the foot are off; void lines are left out."""
    sale = completed(
        line(1, "3270190128724", 250, 2, rate_bp=550),
        line(2, "2000000000053", 1500, void=True),
        line(3, "2000000000060", 900),
        line(4, "4011", 199, weight_g=1234, rate_bp=550),
        line(5, "DOC-1", 500, kind="deposit"),
        discounts=(Discount(1, 3, 1000, 0, "loyal"), Discount(2, 0, 0, 100, "coupon")),
    )
    statement = stated.statement_of(sale, "3001")
    assert statement.total_minor == sale.total_minor == 500 + 810 + 246 + 500 - 100
    assert [(one.n, one.quantity, one.weight_g, one.is_article) for one in statement.lines] == [
        (1, 2, 0, True), (3, 1, 0, True), (4, 1, 1234, True), (5, 1, 0, False),
    ]  # fmt: skip


@pytest.mark.parametrize("blur", [0.0, 1.5, 2.5])
@pytest.mark.parametrize("lines", [6, 60])
def test_sixty_lines_are_read_off_a_telephone(lines, blur):
    """RCP-04: 1080 pixels wide, as sharp as a screen or slightly blurred."""
    code = code_of(of_articles(lines))
    drawn = BytesIO()
    symbol = segno.make_qr(code, error="l", boost_error=False)
    assert symbol.version <= 20
    symbol.save(drawn, kind="png", scale=8, border=4)
    screen = Image.open(drawn).convert("L").resize((1080, 1080), Image.Resampling.BILINEAR)
    shown = screen.filter(ImageFilter.GaussianBlur(blur)) if blur else screen
    assert ("QR-Code", code) in Reader().read(shown)


def test_the_example_of_the_documentation_is_a_statement():
    page = (Path(__file__).parents[2] / "docs" / "receipts-qr.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith("0b62"))
    sale = completed(line(1, "2000000000084", 500))
    assert stated.pack(stated.statement_of(sale, "3001")) == bytes.fromhex(row.replace(" ", ""))


def test_a_receipt_that_no_telephone_can_show_has_no_code():
    assert code_of(of_articles(130))
    assert code_of(of_articles(200)) == ""
