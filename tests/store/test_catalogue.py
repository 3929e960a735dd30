"""Articles: found by code, found by words, imported with a report, switched at once or not."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.core.items import Article, Unit
from terminal.journal.errors import StorageAbsent, StorageCorrupt, StorageFailed, StoreInUse
from terminal.store import catalogue_import
from terminal.store.catalogue import DIRECTORY, MAX_RESULTS, POINTER, Catalogue, words
from terminal.store.catalogue_import import (
    MAX_REFUSALS,
    PROGRESS_EVERY,
    CatalogueRefused,
    import_catalogue,
)
from terminal.store.catalogue_rows import COLUMNS, MAX_LINE_CHARS, Reason, Refusal

HEADER = ",".join(COLUMNS) + "\n"
ROWS = (
    "3270190128724,Farine de blé Type 65,Carrefour Bio,Bio,250,5.50,piece,,\n"
    "2000000000084,Tong Temax,,Chaussures,500,20.00,piece,colour=Vert;size=29/30;ref=A003006,\n"
    "4011,Bananes,,Fruits et légumes,199,5.5,kg,,\n"
    "3760152700704,Bordeaux rouge 75 cl,Cave,Vins,690,20,piece,,18\n"
    "111,Chocolat noir,Cœur,Épicerie,150,5.50,piece,,\n"
    "112,Choco fondant noir,,Épicerie,150,5.50,piece,,\n"
    "113,Chocolat au lait,,Épicerie,150,5.50,piece,,\n"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "articles.csv"

    def write(content):
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture
def shop(data, file):
    import_catalogue(data, file(HEADER + ROWS))
    catalogue = Catalogue.open(data)
    yield catalogue
    catalogue.close()


def test_an_article_is_found_as_it_was_written(shop):
    assert shop.find("2000000000084") == Article(
        "2000000000084",
        "Tong Temax",
        "",
        "Chaussures",
        500,
        2000,
        Unit.PIECE,
        (("colour", "Vert"), ("size", "29/30"), ("ref", "A003006")),
        0,
    )
    bananas, wine = shop.find("4011"), shop.find("3760152700704")
    assert (bananas.unit, bananas.vat_rate_bp) == (Unit.KILOGRAM, 550)
    assert (wine.minimum_age, wine.vat_rate_bp) == (18, 2000)
    assert shop.find("4012") is None
    assert shop.count == 7


def test_the_first_key_that_exists_is_taken(shop):
    assert shop.find_first(["0", "4011", "111"]).label == "Bananes"
    assert shop.find_first(str(n) for n in range(1000, 9000)) is None
    assert shop.find_first([]) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("choc noir", ["111", "112"]),
        ("CHOCOLAT", ["111", "113"]),
        ("chocolat lait", ["113"]),
        ("noir choco", ["112", "111"]),
        ("blé", ["3270190128724"]),
        ("BLE far", ["3270190128724"]),
        ("coeur", ["111"]),
        ("Cœur", ["111"]),
        ("a003006", ["2000000000084"]),
        ("29/30", ["2000000000084"]),
        ("401", ["4011"]),
        ("carrefour", ["3270190128724"]),
        ("épicerie", ["111", "112", "113"]),
        ("nothing", []),
        ("", []),
        ("   ", []),
        ("-- ;", []),
    ],
)
def test_words_are_found_by_their_beginnings_without_accents(shop, text, codes):
    assert [article.code for article in shop.search(text)] == codes


@pytest.mark.parametrize(
    "text", ['"', "choc*", "noir OR lait", "text:noir", "NEAR(a b)", "'; DROP"]
)
def test_query_syntax_is_mere_text(shop, text):
    assert all(isinstance(article, Article) for article in shop.search(text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(max_size=300), st.integers(-5, 500))
def test_any_text_and_limit_is_safe(shop, text, limit):
    assert len(shop.search(text, limit)) <= MAX_RESULTS


def test_results_are_bounded(data, file):
    rows = "".join(f"{n},Stylo bleu {n},,Papier,100,20,piece,,\n" for n in range(1000, 1200))
    import_catalogue(data, file(HEADER + rows))
    catalogue = Catalogue.open(data)
    assert len(catalogue.search("stylo", 1000)) == MAX_RESULTS
    assert len(catalogue.search("stylo", 3)) == 3
    assert catalogue.search("stylo", 0) == ()
    catalogue.close()


def test_words_longer_than_the_index_are_found(data, file):
    import_catalogue(data, file(HEADER + "1,Anticonstitutionnellement,,X,1,20,piece,,\n"))
    catalogue = Catalogue.open(data)
    assert len(catalogue.search("anticonstitutionnel")) == 1
    catalogue.close()


def test_departments_are_counted(shop):
    assert dict(shop.departments())["Épicerie"] == 3
    assert sum(count for _, count in shop.departments()) == shop.count


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,A,,,1,20,piece,\n", Reason.WRONG_COLUMNS),
        ("1,A,,,1,20,piece,,,\n", Reason.WRONG_COLUMNS),
        ("just a sentence\n", Reason.WRONG_COLUMNS),
        (",A,,,1,20,piece,,\n", Reason.CODE_MISSING),
        ("  ,A,,,1,20,piece,,\n", Reason.CODE_MISSING),
        ("1 2,A,,,1,20,piece,,\n", Reason.CODE_BAD),
        ("é,A,,,1,20,piece,,\n", Reason.CODE_BAD),
        ("1, ,,,1,20,piece,,\n", Reason.LABEL_MISSING),
        ("1,A,,,1.50,20,piece,,\n", Reason.PRICE_BAD),
        ("1,A,,,-1,20,piece,,\n", Reason.PRICE_BAD),
        ("1,A,,,,20,piece,,\n", Reason.PRICE_BAD),
        ("1,A,,,100000000,20,piece,,\n", Reason.PRICE_BAD),
        ("1,A,,,99999999999999999999,20,piece,,\n", Reason.PRICE_BAD),
        ("1,A,,,²,20,piece,,\n", Reason.PRICE_BAD),
        ("1,A,,,1,20%,piece,,\n", Reason.RATE_BAD),
        ("1,A,,,1,-5,piece,,\n", Reason.RATE_BAD),
        ("1,A,,,1,5.555,piece,,\n", Reason.RATE_BAD),
        ("1,A,,,1,100.01,piece,,\n", Reason.RATE_BAD),
        ("1,A,,,1,,piece,,\n", Reason.RATE_BAD),
        ("1,A,,,1,20,litre,,\n", Reason.UNIT_UNKNOWN),
        ("1,A,,,1,20,,,\n", Reason.UNIT_UNKNOWN),
        ("1,A,,,1,20,piece,blue,\n", Reason.ATTRIBUTES_BAD),
        ("1,A,,,1,20,piece,=x,\n", Reason.ATTRIBUTES_BAD),
        ("1,A,,,1,20,piece,,old\n", Reason.AGE_BAD),
        ("1,A,,,1,20,piece,,100\n", Reason.AGE_BAD),
        ("1,A\x1b@,,,1,20,piece,,\n", Reason.CONTROL_CHARACTERS),
        ("1,A\0B,,,1,20,piece,,\n", Reason.CONTROL_CHARACTERS),
        ("1,A\u202eB,,,1,20,piece,,\n", Reason.CONTROL_CHARACTERS),
        ('1,"A\nB",,,1,20,piece,,\n', Reason.CONTROL_CHARACTERS),
        (b"1,caf\xe9,,,1,20,piece,,\n", Reason.NOT_UTF8),
        (f"1,{'A' * 201},,,1,20,piece,,\n", Reason.TOO_LONG),
        (f"{'1' * 49},A,,,1,20,piece,,\n", Reason.TOO_LONG),
        (f"1,{'A' * MAX_LINE_CHARS * 3},,,1,20,piece,,\n", Reason.LINE_TOO_LONG),
        ('1,"A"B,,,1,20,piece,,\n', Reason.NOT_CSV),
        ("4011,Again,,,1,20,piece,,\n", Reason.DUPLICATE_CODE),
    ],
)
def test_a_bad_row_is_left_out_and_named(data, file, row, reason):
    bad = row if isinstance(row, bytes) else row.encode()
    good = b"4011,Bananes,,Fruits,199,5.5,kg,,\n"
    last = b"5000,Last,,X,1,20,piece,,\n"
    report = import_catalogue(data, file(HEADER.encode() + good + bad + last))
    assert report.refusals == (Refusal(3, reason),)
    assert (report.rows, report.imported, report.refused) == (3, 2, 1)


def test_a_quote_that_never_ends_spoils_a_bounded_part(data, file):
    good = "".join(f"{n},Article {n},,X,1,20,piece,,\n" for n in range(20_000))
    report = import_catalogue(data, file(HEADER + '1000000,"open,,X,1,20,piece,,\n' + good))
    assert report.refused >= 1
    assert report.imported > 10_000
    assert report.imported + report.refused == report.rows


def test_the_list_of_refusals_is_bounded_and_the_count_is_not(data, file):
    bad = "".join(f"{n},,,X,1,20,piece,,\n" for n in range(MAX_REFUSALS * 2))
    report = import_catalogue(data, file(HEADER + bad + "1,A,,X,1,20,piece,,\n"))
    assert len(report.refusals) == MAX_REFUSALS
    assert report.refused == MAX_REFUSALS * 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"code;label\n1;A\n",
        HEADER.encode(),
        HEADER.replace("code", "key").encode() + ROWS.encode(),
        HEADER.encode() + b"only,bad,rows\n",
        os.urandom(5000),
        b"\0" * 5000,
    ],
)
def test_a_file_that_is_no_catalogue_leaves_the_old_one(data, file, content):
    import_catalogue(data, file(HEADER + ROWS))
    with pytest.raises(CatalogueRefused):
        import_catalogue(data, file(content))
    catalogue = Catalogue.open(data)
    assert catalogue.count == 7
    catalogue.close()
    assert not (data / DIRECTORY / "building").exists()


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_marks_and_line_ends_of_other_systems_are_read(data, file, prefix, ending):
    content = prefix + (HEADER + ROWS).encode().replace(b"\n", ending)
    assert import_catalogue(data, file(content)).imported == 7


def test_progress_is_told(data, file):
    rows = "".join(f"{n},A,,X,1,20,piece,,\n" for n in range(PROGRESS_EVERY * 2 + 1))
    told = []
    import_catalogue(data, file(HEADER + rows), lambda done, part: told.append((done, part)))
    assert [done for done, _ in told] == [PROGRESS_EVERY, PROGRESS_EVERY * 2, len(rows.split())]
    parts = [part for _, part in told]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0


def test_a_new_version_replaces_the_old_one_and_an_open_one_stays_readable(data, file):
    first = import_catalogue(data, file(HEADER + ROWS))
    old = Catalogue.open(data)
    second = import_catalogue(data, file(HEADER + "4011,Bananes bio,,F,299,5.5,kg,,\n"))
    new = Catalogue.open(data)
    assert first.version == old.version != second.version == new.version
    assert (old.find("4011").label, new.find("4011").label) == ("Bananes", "Bananes bio")
    assert old.search("choco")
    old.close()
    new.close()
    assert [p.name for p in (data / DIRECTORY).glob("*.db")] == [f"{second.version}.db"]


def test_the_same_file_is_the_same_version(data, file):
    path = file(HEADER + ROWS)
    assert import_catalogue(data, path) == import_catalogue(data, path)


class PowerCut(BaseException):
    """The process ends here."""


STEPS = ("_build", "_verify", "_switch", "sync_directory", "_sweep")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_import_that_stops_anywhere_leaves_one_whole_catalogue(
    data, file, monkeypatch, step, nth
):
    import_catalogue(data, file(HEADER + ROWS))
    real, calls = getattr(catalogue_import, step), []

    def cut(*args):
        calls.append(args)
        if len(calls) == nth:
            raise PowerCut
        return real(*args)

    monkeypatch.setattr(catalogue_import, step, cut)
    source = file(HEADER + "4011,Bananes bio,,F,299,5.5,kg,,\n")
    try:
        import_catalogue(data, source)
    except PowerCut:
        assert len(calls) == nth
    monkeypatch.undo()
    catalogue = Catalogue.open(data)
    assert catalogue.find("4011").label in {"Bananes", "Bananes bio"}
    assert catalogue.count in {1, 7}
    catalogue.close()
    assert import_catalogue(data, source).imported == 1


def test_one_import_at_a_time(data, file):
    path = file(HEADER + ROWS * 1)

    def again(*_):
        with pytest.raises(StoreInUse, match="another import"):
            import_catalogue(data, path)

    import_catalogue(data, path, again)


def test_without_an_import_it_says_so(data):
    with pytest.raises(StorageAbsent, match="import one"):
        Catalogue.open(data)


@pytest.mark.parametrize("pointer", ["", "../store.db", "missing.db", "\0", "é" * 300])
def test_a_pointer_to_nothing_is_reported(data, pointer):
    (data / DIRECTORY).mkdir()
    (data / DIRECTORY / POINTER).write_text(pointer)
    with pytest.raises((StorageCorrupt, StorageFailed)):
        Catalogue.open(data)


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 500])
def test_a_damaged_file_is_reported(data, file, content):
    report = import_catalogue(data, file(HEADER + ROWS))
    (data / DIRECTORY / f"{report.version}.db").write_bytes(content)
    with pytest.raises(StorageCorrupt):
        Catalogue.open(data)


def test_a_missing_source_is_reported(data):
    with pytest.raises(StorageFailed):
        import_catalogue(data, Path("nowhere.csv"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème BRÛLÉE", ["creme", "brulee"]),
        ("Œufs à l'air", ["oeufs", "a", "l", "air"]),
        ("Straße \uff21\uff22\uff23", ["strasse", "abc"]),
        ("a_b-c", ["a", "b", "c"]),
        ("Ελλάδα", ["ελλαδα"]),
        ("½ l", ["1", "2", "l"]),
    ],
)
def test_words_are_folded(text, expected):
    assert words(text) == expected


def test_labels_that_begin_with_what_was_typed_come_first(tmp_path):
    rows = "1,Yaourt aux bananes,,Crèmerie,100,5.50,piece,,\n2,Bananes,,Fruits,199,5.50,kg,,\n"
    csv = tmp_path / "articles.csv"
    csv.write_text(
        "code,label,brand,department,price_minor,vat_rate,unit,attributes,minimum_age\n" + rows,
        encoding="utf-8",
    )
    import_catalogue(tmp_path, csv)
    with closing(Catalogue.open(tmp_path)) as catalogue:
        assert [article.code for article in catalogue.search("banan")] == ["2", "1"]
        assert [article.code for article in catalogue.search("fruits")] == ["2"]
