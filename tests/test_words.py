"""The words of the terminal: complete, alike in every language, and never a crash."""

import itertools
import os
import re

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from drivers.base import Health
from drivers.payment.base import Outcome
from drivers.scale.base import ScaleState
from terminal import words
from terminal.core.errors import REFUSAL_CODES
from terminal.core.events import EVENTS
from terminal.core.policy import ALL_RIGHTS, CASHIER, SUPERVISOR
from terminal.core.state import PaymentState, PrintState, SaleStatus, TenderStatus
from terminal.shop_settings import LANGUAGES
from terminal.words import DOMAINS, LOCALES, MissingWords, Words

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def read(language: str) -> dict[str, str]:
    """Return all words of a language; the terminal's own first, then the screens'."""
    found: dict[str, str] = {}
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            messages = [m for m in read_po(file, abort_invalid=True) if m.id]
        assert not [m.id for m in messages if m.fuzzy], path
        assert not [m.id for m in messages if m.id in found], path
        found |= {m.id: m.string for m in messages}
    return found


CATALOGUES = {language: read(language) for language in LANGUAGES}
ENGLISH = CATALOGUES["en"]
OTHERS = [language for language in LANGUAGES if language != "en"]


def optional_parts(sentence: str) -> list[list[str]]:
    """Return the placeholders of each bracketed part, in no particular order."""
    return sorted(sorted(PLACEHOLDER.findall(p)) for p in re.findall(r"\[([^\[\]]*)\]", sentence))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys_in_the_same_order(language):
    assert list(CATALOGUES[language]) == list(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_badly_spaced(language):
    assert [k for k, v in CATALOGUES[language].items() if not v.strip() or v != v.strip()] == []
    assert [k for k, v in CATALOGUES[language].items() if "  " in v] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_uses_the_same_placeholders(language):
    def shape(sentence: str) -> tuple[list[str], list[list[str]]]:
        return sorted(PLACEHOLDER.findall(sentence)), optional_parts(sentence)

    different = [k for k, v in CATALOGUES[language].items() if shape(v) != shape(ENGLISH[k])]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_plain_names_and_brackets_are_closed_and_not_nested(language):
    for key, sentence in CATALOGUES[language].items():
        names = PLACEHOLDER.findall(sentence)
        assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in names), key
        assert sentence.count("{") == sentence.count("}") == len(names), key
        bare = re.sub(r"\[[^\[\]]*\{[^\[\]]*\]", "", sentence)
        assert not re.search(r"[\[\]]", bare), key


def test_keys_are_grouped_by_section_and_all_follow_one_form():
    assert [key for key in ENGLISH if not re.fullmatch(r"[a-z_]+(\.[A-Za-z0-9_]+)+", key)] == []
    sections = [name for name, _ in itertools.groupby(key.partition(".")[0] for key in ENGLISH)]
    assert len(set(sections)) == len(sections), "a section stands in one place"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_file_is_one_that_is_loaded(language):
    folder = LOCALES / language / "LC_MESSAGES"
    assert {path.stem for path in folder.glob("*.po")} <= set(DOMAINS)


REQUIRED = {
    *(f"refused.{code}" for code in REFUSAL_CODES),
    *(f"event.{name}" for name in EVENTS),
    *(f"right.{right}" for right in ALL_RIGHTS),
    *(f"role.{role}" for role in (CASHIER, SUPERVISOR)),
    *(f"sale_status.{status}" for status in SaleStatus),
    *(f"tender_status.{status}" for status in TenderStatus),
    *(f"print_state.{state}" for state in PrintState),
    *(f"state.{state}" for state in PaymentState),
    *(f"payment.{outcome}" for outcome in Outcome),
    *(f"payment.{kind}" for kind in ("insert_card", "pin", "online", "remove_card")),
    *(f"device.{health}" for health in Health),
    *(f"device.{role}" for role in ("printer", "scanner", "drawer", "poi", "cash", "scale")),
    *(f"device.{role}" for role in ("label", "rfid")),
    *(f"screen.scale.{state}" for state in (*ScaleState, "absent", "none")),
    *(f"device.{role}" for role in ("customer_display", "lights", "power")),
    *(f"tender.{kind}" for kind in ("cash", "cheque", "card", "cash_machine")),
}


def test_everything_that_can_be_said_has_words():
    assert sorted(REQUIRED - ENGLISH.keys()) == []


def test_no_words_are_kept_for_a_refusal_or_an_event_that_no_longer_exists():
    kept = {key for key in ENGLISH if key.startswith(("refused.", "event."))}
    assert sorted(kept - REQUIRED) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_and_notice_reads_well_without_any_detail(language):
    """Details help, but a refusal whose details are missing must still be a whole sentence."""
    reader = Words(language, strict=True)
    for key in ENGLISH:
        if key.startswith(("refused.", "notice.")):
            sentence = reader.text(key)
            assert sentence.endswith("."), key
            assert not re.search(r"[\[\]{}]|\s[.,]|\s\s", sentence), key


# --- filling --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "key", "values", "sentence"),
    [
        (
            "en",
            "refused.unknown_code",
            {"code": "123"},
            "This article is not known here (123). Search for it by name or ask for help.",
        ),
        (
            "fr",
            "refused.overpayment_not_allowed",
            {"due_minor": 2066},
            "Ce moyen de paiement ne rend pas la monnaie\u00a0: au plus 20,66\u00a0€.",
        ),
        (
            "en",
            "refused.right_required",
            {"right": "discount"},
            "This needs someone who may do it: grant a discount.",
        ),
        (
            "en",
            "notice.payment_settled",
            {"amount_minor": 800, "tender": "card", "at_ms": 0, "currency": "CHF"},
            (
                "The interrupted payment was found and booked: CHF\u00a08.00, bank card, at 01:00. "
                "Do not ask for it again."
            ),
        ),
        (
            "de",
            "refused.weight_out_of_range",
            {"limit_g": 99_999},
            ("Dieses Gewicht ist nicht möglich: höchstens 99,999\u00a0kg. Bitte erneut wiegen."),
        ),
    ],
)
def test_values_are_written_by_the_unit_in_their_name(language, key, values, sentence):
    assert Words(language, strict=True).text(key, **values) == sentence


def test_what_was_typed_by_a_stranger_is_never_taken_for_a_placeholder():
    said = Words("en").text("refused.unknown_code", code="{due_minor}[{__class__}]")
    assert "({due_minor}[{__class__}])" in said


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("fr", 0, "0 article"),
        ("fr", 1, "1 article"),
        ("fr", 1000, "1\u202f000 articles"),
        ("en", 0, "0 articles"),
        ("nl", 2, "2 artikelen"),
        ("de", 1, "1 Artikel"),
    ],
)
def test_numbers_of_things_agree_with_their_word(language, count, said):
    assert Words(language).counted("count.articles", count) == said


def test_a_missing_key_or_value_never_stops_a_till_but_fails_a_test():
    assert Words("fr").text("no.such_key") == "no.such_key"
    assert Words("fr").text("count.lines.one") == "… ligne"
    with pytest.raises(MissingWords, match=r"fr: no\.such_key"):
        Words("fr", strict=True).text("no.such_key")
    with pytest.raises(MissingWords, match="count"):
        Words("fr", strict=True).text("count.lines.one")


def test_words_missing_in_one_language_are_said_in_english(tmp_path, monkeypatch):
    for language, body in (("en", 'msgid "a.b"\nmsgstr "Hello"\n'), ("fr", "")):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        (folder / "reprise.po").write_text(header + body, encoding="utf-8")
    monkeypatch.setattr(words, "LOCALES", tmp_path)
    words._catalogue.cache_clear()
    assert Words("fr").text("a.b") == "Hello"
    assert not Words("fr").has("a.b")
    words._catalogue.cache_clear()


def test_a_compiled_catalogue_is_used_only_while_it_is_not_older(tmp_path, monkeypatch):
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source, compiled = folder / "reprise.po", folder / "reprise.mo"
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(header + 'msgid "a.b"\nmsgstr "compiled"\n', encoding="utf-8")
    with source.open("rb") as read_from, compiled.open("wb") as written:
        write_mo(written, read_po(read_from))
    source.write_text(header + 'msgid "a.b"\nmsgstr "source"\n', encoding="utf-8")
    monkeypatch.setattr(words, "LOCALES", tmp_path)
    for age, said in ((1, "source"), (-1, "compiled")):
        when = compiled.stat().st_mtime_ns + age * 10**9
        os.utime(source, ns=(when, when))
        words._catalogue.cache_clear()
        assert Words("en").text("a.b") == said
    words._catalogue.cache_clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_gets_only_characters_that_receipt_printers_have(language):
    """Code pages 858 and 1252 are those in use; either prints every word of a receipt."""
    paper = Words(language, paper=True)
    said = "".join(paper.text(key) for key in ENGLISH if key.startswith("receipt."))
    said += paper.format_money(-123456789, "EUR") + paper.format_weight(1_234_567)
    for code_page in ("cp858", "cp1252"):
        assert said.encode(code_page).decode(code_page) == said
    assert not {"\u00a0", "\u202f", "\u2212"} & set(said)
