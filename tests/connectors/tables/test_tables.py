"""Tables as other people write them: charsets, signs, dates, desks, and hostile ones."""

import csv
import io
import time
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packbench.channels.tables import Field, TableMap, missing_of
from packbench.connectors.tables.cells import (
    FORMULAS,
    BadCell,
    guarded,
    read_grams,
    read_moment,
    read_number,
    read_pieces,
    unguarded,
)
from packbench.connectors.tables.countries import country_of
from packbench.connectors.tables.maps import BUILT_IN_MAPS, guess_map
from packbench.connectors.tables.reading import REASON, Reader
from packbench.lib.errors import Rejected
from tests.orders.tabling import row, table

BERLIN = ZoneInfo("Europe/Berlin")
ADDRESS = {
    "Name": "name",
    "Address 1": "line1",
    "City": "city",
    "Postal code": "postal_code",
    "Country": "country",
}


def read(content, given=None, **options):
    reader = Reader(content)
    chosen = given or guess_map(reader.columns())
    return reader.orders(chosen, time_zone="Europe/Berlin", currency="EUR")


def only(content, given=None):
    found = read(content, given)
    assert not found.refused
    (each,) = found.orders
    return each


def reasons(content, given=None):
    return [(each.line, str(each.reason)) for each in read(content, given).refused]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_alphabet_and_sign_reads_the_same(charset, delimiter):
    found = Reader(table(row("1"), row("2"), charset=charset, delimiter=delimiter))

    place = only(table(row("1"), charset=charset, delimiter=delimiter)).order.recipient

    assert (place.name, place.line1, place.city) == ("Jörg Müller", "Kaiserstraße 1", "Köln")
    assert found.columns().delimiter == delimiter


def test_japanese_is_told_from_the_accents_of_europe():
    words = {"name": "山田 太郎", "street": "丸の内1-1-1", "city": "千代田区", "country": "日本"}
    japanese = table(row("1", **words), row("2", **words), charset="cp932")
    french = ["Hélène Crête", "Forêt d'été", "Orléans", "45000", "FR"]
    named = dict(zip(("name", "street", "city", "zip", "country"), french, strict=True))

    place = read(japanese).orders[0].order.recipient
    assert (place.name, place.country) == ("山田 太郎", "JP")
    assert only(table(row("1", **named), charset="cp1252")).order.recipient.name == "Hélène Crête"


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-11-19", "", "2026-11-18T23:00"),
        ("2026-11-19T10:00:00Z", "mdy", "2026-11-19T10:00"),
        ("19/11/2026", "", "2026-11-18T23:00"),
        ("11/19/26", "", "2026-11-18T23:00"),
        ("5/4/2026", "dmy", "2026-04-04T22:00"),
        ("5/4/2026", "mdy", "2026-05-03T22:00"),
        ("19.11.2026 08:30", "dmy", "2026-11-19T07:30"),
        ("4/24/2026 11:59:59 PM", "mdy", "2026-04-24T21:59"),
        ("4/24/2026 12:05 AM", "mdy", "2026-04-23T22:05"),
    ],
)
def test_dates_are_read_as_the_map_says(text, order, day):
    assert read_moment(text, order, BERLIN).isoformat(timespec="minutes") == f"{day}+00:00"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("5/4/2026", ""),
        ("5/4/2026", "ymd"),
        ("31/31/2026", "dmy"),
        ("soon", "dmy"),
        ("99999", ""),
        ("1926-01-01", ""),
        ("1/1/99999", "dmy"),
        ("2026-11-19 25:00", "dmy"),
    ],
)
def test_a_date_that_may_be_another_is_refused(text, order):
    with pytest.raises(BadCell):
        read_moment(text, order, BERLIN)


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("12.90", ".", "12.90"),
        ("12,90", ",", "12.90"),
        ("1.234,50", ",", "1234.50"),
        ("1,234.50", ".", "1234.50"),
        ("1 234,50 €", ",", "1234.50"),
        ("$5", ".", "5"),
        ("EUR 5.00", ".", "5.00"),
        ("-3.5", ".", "-3.5"),
    ],
)
def test_numbers_are_read_by_their_decimal_sign(text, decimal, number):
    assert read_number(text, decimal) == Decimal(number)


@pytest.mark.parametrize("text", ["12,90", "1,2,3", "1.2.3", "", "twelve", "1e9", "٣", "9" * 60])
def test_what_is_no_number_or_has_the_other_sign_is_refused(text):
    with pytest.raises(BadCell):
        read_number(text, ".")


def test_weights_and_pieces():
    assert round(read_grams("1.5", ".", "lb")) == 680
    assert read_grams("0,35 kg", ",", "oz") == 350
    assert read_pieces("2.0", ".") == 2
    for text in ("0", "1.5", "-1", "x", "10000000"):
        with pytest.raises(BadCell):
            read_pieces(text, ".")


@pytest.mark.parametrize(
    ("text", "country"),
    [("de", "DE"), ("UK", "GB"), ("DEU", "DE"), ("Spain", "ES"), ("U.S.A.", "US"), ("Oz", "")],
)
def test_countries_by_their_names(text, country):
    assert country_of(text) == country


def test_shipstations_export_is_known_by_its_columns():
    rows = (
        '"Order - Number","Date - Order Date","Order - Status","Ship To - Name",'
        '"Ship To - Address 1","Ship To - City","Ship To - State","Ship To - Postal Code",'
        '"Ship To - Country","Item - SKU","Item - Name","Item - Qty","Item - Price",'
        '"Amount - Order Total","Weight - TotalOz","Market - Store Name"\n'
        "A-1,4/24/2026 11:59:59 PM,Awaiting Shipment,Ada King,1 Main St,Austin,TX,78701,US,"
        "MUG,Mug,2,5.00,12.50,16,Website\n"
        "A-1,4/24/2026 11:59:59 PM,Awaiting Shipment,Ada King,1 Main St,Austin,TX,78701,US,"
        ",,,,12.50,16,Website\n"
        "A-2,4/24/2026 1:00:00 AM,Shipped,Ada King,1 Main St,Austin,TX,78701,US,"
        "MUG,Mug,1,5.00,5.00,8,Website\n"
    )

    found = read(rows.encode())

    (each,) = found.orders
    assert (each.order.external_id, each.weight_g) == ("A-1", 454)
    assert [(item.sku, item.quantity) for item in each.order.items] == [("MUG", 2)]
    assert str(each.order.total) == "12.5 EUR"
    assert [(one.line, str(one.reason)) for one in found.refused] == [
        (4, "The file says that this order was shipped already.")
    ]


def test_shippingeasys_columns_with_stars_and_ounces():
    rows = (
        "*Order Number,Order date,*Full Name,*Address Line 1,*City,*State,*Zip Code,*Country,"
        "*Item name,Item SKU,Item Quantity,Item unit weight (oz),Item unit price\n"
        "7,04/24/26,Ada King,1 Main St,Austin,TX,78701,US,Mug,MUG,2,8,5\n"
    )

    each = only(rows.encode())

    assert (each.weight_g, each.order.items[0].quantity) == (454, 2)
    assert each.order.created_at == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_sendclouds_seven_columns_are_enough():
    rows = (
        "Customer name,Country code,Postal code,Street name,House number,City,Order reference,"
        "Weight\nAda King,NL,1012 AB,Damrak,12a,Amsterdam,77,1.25\n"
    )

    each = only(rows.encode())

    assert each.order.recipient.line1 == "Damrak 12a"
    assert (each.weight_g, each.order.items[0].quantity, each.order.items[0].title) == (
        1250,
        1,
        "77",
    )


def test_every_built_in_map_has_what_an_order_needs():
    for name, known in BUILT_IN_MAPS.items():
        assert missing_of(known) == [], name


def test_a_map_of_another_file_leaves_out_what_is_not_there():
    content = table(row("1"))
    columns = {"Order number": "number", **ADDRESS, "Nowhere": "phone"}

    assert only(content, TableMap(columns=columns)).order.recipient.phone == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": ""}, "The cell Order number is empty."),
        ({"country": "Atlantis"}, "The cell Country holds no country."),
        ({"street": ""}, "The cell Address 1 is empty."),
        ({"quantity": "two"}, "The cell Quantity holds no whole number of pieces."),
        ({"price": "12.9.0"}, "The cell Unit price holds no number."),
        ({"weight": "heavy"}, "The cell Weight (g) holds no weight."),
        ({"ship_by": "5/4/2026"}, "can be read in two ways"),
        ({"sku": "S" * 101}, "longer than 100 letters"),
        ({"sku": "", "item": ""}, "No row of this order names an item."),
        ({"name": "A" * 2001}, "longer than 2000 letters"),
    ],
)
def test_a_row_is_refused_with_the_cell_that_is_wrong(changes, reason):
    ((line, said),) = reasons(table({**row("1"), **changes}))

    assert line == 2
    assert reason in said
    assert "Müller" not in said


def test_rows_of_one_number_that_go_to_two_addresses_are_refused():
    found = reasons(table(row("1"), row("1", street="Elsewhere 9", sku="TEA"), row("2")))

    assert [line for line, _ in found] == [2, 3]
    assert all("different addresses" in said for _, said in found)


def test_lines_count_with_line_breaks_in_cells():
    content = table(row("1", item="Blue\nmug\r\nlarge"), row("2", country="?"))

    assert [line for line, _ in reasons(content)] == [5]


def test_equal_headers_and_nameless_columns_are_told_apart():
    columns = Reader(b"Number,City,City,\n1,Bonn,Ulm,x\n").columns()

    assert columns.headers == ("Number", "City", "City (2)", "(4)")
    assert columns.samples == (("1",), ("Bonn",), ("Ulm",), ("x",))


@given(st.text(max_size=20))
def test_a_guarded_cell_comes_back_and_starts_no_formula(text):
    cell = guarded(text)

    assert unguarded(cell) == text
    assert not cell or cell[0] not in FORMULAS


@given(st.lists(st.text(alphabet="=+-@'\t 1a,;\"\n", max_size=8), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_refused_file_reads_as_the_first_one_did(texts):
    first = Reader(table(*(row(str(n), country="?", phone=text) for n, text in enumerate(texts))))
    columns = {**ADDRESS, "Order number": "number", "Phone": "phone"}
    given_map = TableMap(columns=columns)
    refused = first.orders(given_map, time_zone="UTC", currency="EUR").refused

    second = Reader(first.refused_file({each.line: "=bad" for each in refused}))

    mended = TableMap(columns={**columns, "Country": "instructions"}, fixed={"country": "DE"})
    phones = [
        [
            one.order.recipient.phone
            for one in reader.orders(mended, time_zone="UTC", currency="EUR").orders
        ]
        for reader in (first, second)
    ]
    assert phones[0] == phones[1]
    assert REASON not in second.columns().headers


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_bring_the_reader_down(content):
    read_whatever(content)


@given(
    st.text(
        alphabet=st.sampled_from("Order number,City;Name\t\"'\n\r|1=\0ü漢\ufffd@"), max_size=300
    )
)
@settings(max_examples=300, deadline=None)
def test_no_text_brings_the_reader_down(text):
    for charset in ("utf-8", "utf-16", "cp932"):
        read_whatever(text.encode(charset, "ignore"))


def read_whatever(content, charsets=("", "utf-8", "utf-16", "cp1252", "cp932")):
    for charset in charsets:
        try:
            reader = Reader(content, charset=charset)
            columns = reader.columns()
            fields = list(Field)
            everything = {
                name: fields[place % len(fields)].value
                for place, name in enumerate(columns.headers)
            }
            found = reader.orders(
                TableMap(columns=everything, fixed={"country": "DE"}),
                time_zone="Europe/Berlin",
                currency="EUR",
            )
            lines = {each.line: str(each.reason) for each in found.refused}
            list(csv.reader(io.StringIO(reader.refused_file(lines).decode("utf-8-sig"))))
            guess_map(columns)
        except Rejected:
            continue  # said in words: nothing else may come out


@pytest.mark.parametrize(
    "content",
    [
        b"a" * (20 * 2**20 + 1),
        b"Number,City\n" + b"1,Bonn\n" * 50_001,
        b'Number,City\n1,"' + b"x" * 300_000,
        b"Number\n" + b'"' * 400_000,
        b"1" * 5_000_000,
        b"City" + b"\n" * 5_000_000 + b"x",
        b"Order number,Name\n1," + b"1" * 2_000_000 + b"\n",
    ],
    ids=["too large", "too many rows", "open quote", "quotes", "no lines", "blanks", "long cell"],
)
def test_hostile_files_are_answered_soon(content):
    began = time.perf_counter()

    read_whatever(content, charsets=("",))

    assert time.perf_counter() - began < 10


@pytest.mark.parametrize("cell", ["1" * 2000, " " * 2000 + "x", "1." * 900, "kg" * 900, "'" * 1999])
def test_no_cell_keeps_an_expression_busy(cell):
    began = time.perf_counter()
    columns = {**ADDRESS, "Order number": "number"}
    for field in ("total", "weight", "placed_at", "country"):
        read(table(row("1", phone=cell)), TableMap(columns={**columns, "Phone": field}))

    assert time.perf_counter() - began < 1
