"""What a scan means; any text at all is answered."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.core.barcode import COMMON_SCHEMES, Measure, Reading, VariableScheme, read
from terminal.core.errors import Refused
from terminal.core.numbering import check_digit

GS = "\x1d"


def reading(text: str, aim: str = "") -> Reading:
    result = read(text, aim, COMMON_SCHEMES)
    assert isinstance(result, Reading), result
    return result


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("3760123456784", ("3760123456784", "03760123456784")),
        ("03760123456784", ("03760123456784", "3760123456784")),
        ("96385074", ("96385074", "0000096385074", "000096385074", "00000096385074")),
        ("4011", ("4011",)),
        ("DISK1", ("DISK1",)),
        (" 4011 ", ("4011",)),
        ("A003006", ("A003006",)),
    ],
)
def test_the_exact_code_is_looked_up_first(text, candidates):
    assert reading(text).candidates == candidates


@pytest.mark.parametrize("supplement", ["05", "51299"])
def test_an_issue_of_a_magazine_is_looked_up_before_the_magazine(supplement):
    code = f"3760123456784{supplement}"
    found = reading(code, "]E3")
    assert (found.text, found.candidates[:2]) == (code, (code, "3760123456784"))
    assert reading(code).candidates == (code,)
    assert reading(f"3760123456785{supplement}", "]E3").refusal == "bad_check_digit"


def test_a_wrong_check_digit_is_refused_only_when_nothing_is_found():
    wrong = reading("3760123456785")
    assert wrong.candidates == ("3760123456785",)
    assert wrong.bad_check_digit
    assert wrong.refusal == "bad_check_digit"
    assert reading("3760123456784").refusal == "unknown_code"


@pytest.mark.parametrize(
    ("text", "plu", "weight", "price"),
    [
        ("2101234012505", "1234", 1250, None),
        ("2201234007997", "1234", None, 799),
        ("0201234012504", "1234", None, 1250),
    ],
)
def test_in_store_codes_follow_the_shop_s_table(text, plu, weight, price):
    found = reading(text)
    assert found.candidates[-1] == plu
    assert (found.weight_g, found.price_minor) == (weight, price)
    assert found.measured_as(plu) == found


def test_an_article_filed_under_the_whole_code_is_sold_as_it_is():
    found = reading("2101234012505")
    plain = found.measured_as("2101234012505")
    assert (found.weight_g, plain.weight_g, plain.price_minor) == (1250, None, None)


def test_a_label_of_zero_asks_for_the_measure():
    found = reading("2101234000007")
    assert found.weight_g is None
    assert "1234" in found.candidates


def test_a_scheme_may_carry_a_quantity():
    scheme = VariableScheme("23", (2, 9), (9, 12), Measure.QUANTITY)
    payload = "230001234012"
    found = read(f"{payload}{check_digit(payload)}", "", (scheme,))
    assert isinstance(found, Reading)
    assert found.count == 12
    assert found.candidates[-1] == "1234"


@pytest.mark.parametrize(
    ("item", "value"), [((2, 7), (7, 13)), ((7, 2), (7, 12)), ((2, 7), (9, 9))]
)
def test_a_scheme_fits_its_code(item, value):
    with pytest.raises(ValueError, match="scheme"):
        VariableScheme("21", item, value, Measure.WEIGHT, 3)


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("0103760123456784172701003103001250" + GS + "3922799" + GS + "3012", "]C1"),
        ("]d20103760123456784172701003103001250" + GS + "3922799" + GS + "3012", ""),
        (GS + "0103760123456784172701003103001250" + GS + "3922799" + GS + "3012", ""),
        ("(01)03760123456784(17)270100(3103)001250(3922)799(30)12", ""),
        ("https://id.gs1.org/01/03760123456784?17=270100&3103=001250&3922=799&30=12", ""),
    ],
)
def test_gs1_data_says_the_same_in_every_form(text, aim):
    found = reading(text, aim)
    assert "3760123456784" in found.candidates
    assert (found.weight_g, found.price_minor, found.count) == (1250, 799, 12)
    assert found.expires == "2027-01-31"


@pytest.mark.parametrize(
    ("element", "weight"), [("3100000002", 2000), ("3101000015", 1500), ("3105012345", 123)]
)
def test_weights_become_grams(element, weight):
    assert reading(f"0103760123456784{element}", "]C1").weight_g == weight


def test_digits_are_gs1_data_only_where_the_symbol_says_so():
    """An in-store code starts like AI 21 (serial number): fiscal reference, section 6."""
    assert reading("2101234012505").weight_g == 1250
    assert reading("2101234012505", "]C1").refusal == "code_without_article"


def test_a_symbol_without_an_article_says_so():
    assert reading("10LOT9", "]C1").refusal == "code_without_article"


def test_a_gtin_inside_gs1_data_has_its_check_digit_too():
    found = reading("0103760123456785", "]C1")
    assert found.refusal == "bad_check_digit"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "code_not_readable"),
        ("   ", "code_not_readable"),
        ("]C1", "code_not_readable"),
        ("40\x0011", "code_not_readable"),
        ("4011\r", "code_not_readable"),
        ("\ud800", "code_not_readable"),
        ("\u202e4011", "code_not_readable"),
        ("40" + GS, "code_not_readable"),
        ("0103760123456784171713" + "00", "unknown"),
        ("x" * 513, "code_too_long"),
        ("https://" + "q" * 7000, "code_too_long"),
    ],
)
def test_hostile_scans_are_refused(text, code):
    result = read(text, "", COMMON_SCHEMES)
    assert getattr(result, "code", "unknown") == code


def test_an_impossible_expiry_date_is_not_readable():
    assert reading("010376012345678417271301", "]C1").refusal == "code_not_readable"
    assert read("010376012345678417270230", "]C1", ()) == Refused("code_not_readable")


HOSTILE = st.one_of(
    st.text(max_size=600),
    st.text(alphabet="0123456789()" + GS, max_size=80),
    st.builds("https://x/01/{}?{}".format, st.text(max_size=30), st.text(max_size=30)),
    st.builds("{}{}".format, st.sampled_from(["]C1", "]d2", "]Q3", "(01)"]), st.text(max_size=90)),
)


@given(HOSTILE, st.sampled_from(["", "]C1", "]e0", "]E0", "]Q3", "??"]))
@example("http://[", "")
@example("https://x/01/%D9%A1%D9%A1?17=%D9%A1", "")
@example("(01)\u0663", "]C1")
@example("(" * 512, "]C1")
@example("3939" * 100, "]C1")
@example("00000000", "")
def test_any_text_is_answered(text, aim):
    result = read(text, aim, COMMON_SCHEMES)
    if isinstance(result, Reading):
        assert all(0 < len(code) <= 512 for code in result.candidates)
        assert all(v is None or v >= 0 for v in (result.weight_g, result.price_minor))
    else:
        assert result.code in {"code_too_long", "code_not_readable"}
