"""Two file drops a day: the report in, the confirmations out."""

from datetime import UTC, datetime

import pytest

from packbench.channels.base import OrderStatus
from packbench.connectors.amazon.confirmation_file import write_confirmations
from packbench.connectors.amazon.files import read_unshipped_orders
from packbench.connectors.amazon.marketplaces import by_country
from packbench.lib.errors import Rejected

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COLUMNS = [
    "order-id",
    "order-item-id",
    "purchase-date",
    "payments-date",
    "reporting-date",
    "promise-date",
    "days-past-promise",
    "buyer-email",
    "buyer-name",
    "buyer-phone-number",
    "sku",
    "product-name",
    "quantity-purchased",
    "quantity-shipped",
    "quantity-to-ship",
    "ship-service-level",
    "recipient-name",
    "ship-address-1",
    "ship-address-2",
    "ship-address-3",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "is-business-order",
    "purchase-order-number",
    "is-prime",
    "gift-message",
    "customized-url",
]
USUAL = {
    "order-id": "302-1234567-1234567",
    "order-item-id": "12345678901234",
    "purchase-date": "2026-11-20T08:15:00+00:00",
    "promise-date": "2026-11-23T22:59:59+00:00",
    "buyer-email": "x1@marketplace.amazon.de",
    "buyer-name": "Jörg Müller",
    "buyer-phone-number": "+49 30 1234",
    "sku": "CUP-1",
    "product-name": 'Tasse 5" "blau',
    "quantity-purchased": "2",
    "quantity-shipped": "0",
    "quantity-to-ship": "2",
    "ship-service-level": "Standard",
    "recipient-name": "Jörg Müller",
    "ship-address-1": "Straße 1",
    "ship-city": "Köln",
    "ship-postal-code": "01067",
    "ship-country": "DE",
    "is-prime": "false",
}


def report(*rows, columns=COLUMNS, charset="utf-8", end="\r\n"):
    lines = ["\t".join(columns)]
    lines += ["\t".join({**USUAL, **row}.get(name, "") for name in columns) for row in rows]
    return (end.join(lines) + end).encode(charset)


def read(content, country="DE"):
    return read_unshipped_orders(content, by_country(country), now=NOW)


def test_a_row_becomes_an_order():
    file = read(report({"is-prime": "true", "gift-message": "Alles Gute"}))

    [order] = file.orders
    assert file.skipped == ()
    assert order.external_id == "302-1234567-1234567"
    assert order.marketplace_id == "A1PA6795UKMFR9"
    assert (order.status, order.remote_status) == (OrderStatus.AWAITING_SHIPMENT, "UNSHIPPED")
    assert order.created_at == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
    assert order.ship_by_at == datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)
    assert (order.programs, order.service_level) == (("PRIME",), "STANDARD")
    assert (order.recipient.name, order.recipient.postal_code) == ("Jörg Müller", "01067")
    assert order.recipient.phone == "+49 30 1234"
    [item] = order.items
    assert (item.sku, item.title, item.quantity) == ("CUP-1", 'Tasse 5" "blau', 2)
    assert item.is_gift
    assert item.notes.gift_message == "Alles Gute"


def test_several_rows_of_one_order_are_one_order_with_its_items():
    second = {"order-item-id": "2", "sku": "B", "quantity-purchased": "3", "quantity-to-ship": "1"}
    other = {"order-id": "302-7654321-7654321", "order-item-id": "3"}

    first_order, other_order = read(report({}, second, other, {})).orders

    assert [item.sku for item in first_order.items] == ["CUP-1", "B"]
    assert [item.quantity_fulfilled for item in first_order.items] == [0, 2]
    assert first_order.status == OrderStatus.PARTIALLY_SHIPPED
    assert len(other_order.items) == 1


@pytest.mark.parametrize(
    ("charset", "country", "found"),
    [
        ("utf-8", "DE", "utf-8"),
        ("utf-8-sig", "DE", "utf-8-sig"),
        ("utf-16", "DE", "utf-16"),
        ("utf-16-le", "DE", "utf-16-le"),
        ("utf-16-be", "DE", "utf-16-be"),
        ("cp1252", "DE", "cp1252"),
        ("cp1252", "NL", "cp1252"),
        ("utf-8", "JP", "utf-8"),
    ],
)
def test_letters_survive_whatever_the_charset(charset, country, found):
    file = read(report({}, charset=charset), country)

    assert file.charset == found
    assert file.orders[0].recipient.city == "Köln"


def test_japanese_reports_are_read_as_japanese():
    row = {
        "recipient-name": "髙橋 太郎",
        "ship-address-1": "東京都千代田区丸の内１−１",
        "ship-city": "",
    }
    ascii_only = {"buyer-name": "", "product-name": "ソース 表示"}

    file = read(report({**row, **ascii_only}, charset="cp932"), "JP")

    assert file.charset == "cp932"
    assert file.orders[0].recipient.name == "髙橋 太郎"


def test_a_japanese_report_at_another_store_is_refused_not_garbled():
    row = {
        "recipient-name": "高橋 太郎",
        "ship-address-1": "東京都千代田区",
        "ship-city": "",
        "buyer-name": "",
    }

    with pytest.raises(Rejected) as refusal:
        read(report(row, charset="cp932"), "DE")

    assert refusal.value.code == "charset_unknown"
    assert refusal.value.__context__ is None


def test_columns_may_be_fewer_more_and_in_another_order():
    fewer = ["Ship-Country", "SKU", "order-item-id", "ORDER-ID", "purchase-date", "new-column"]
    fewer += ["quantity-purchased", "recipient-name", "ship-address-1"]
    lower = [name.lower() for name in fewer]
    content = report({"new-column": "?"}, columns=lower, end="\n")

    [order] = read(content.replace(b"ship-country", b"Ship-Country", 1)).orders

    assert order.items[0].quantity == 2
    assert order.recipient.country == "DE"
    assert order.ship_by_at is None


def test_empty_last_cells_may_be_missing():
    content = report({})
    lines = [line.rstrip(b"\t") for line in content.split(b"\r\n")]

    assert len(read(b"\r\n".join(lines)).orders) == 1


def test_a_report_without_orders_is_fine():
    assert read(report()).orders == ()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"order-item-id": "1.23457E+13"}, "order-item-id"),
        ({"quantity-purchased": "two"}, "quantity-purchased"),
        ({"quantity-to-ship": "-1"}, "quantity-to-ship"),
        ({"purchase-date": "soon"}, "purchase-date"),
        ({"order-id": "12"}, "order-id"),
        ({"recipient-name": "J\ufffdrg"}, "lost"),
        ({"customized-url": "x\tone too many"}, "more cells"),
    ],
)
def test_a_broken_row_is_named_and_the_others_go_on(cells, words):
    good = {"order-id": "302-7654321-7654321"}

    file = read(report({}, {"order-id": "302-1111111-1111111", **cells}, good))

    assert [order.external_id[-7:] for order in file.orders] == ["1234567", "7654321"]
    [skipped] = file.skipped
    assert skipped.line == 3
    assert words in str(skipped.reason)


def test_an_order_is_whole_or_it_is_not_imported():
    broken = {"order-item-id": "broken"}

    file = read(report({}, broken))

    assert file.orders == ()
    assert [skipped.line for skipped in file.skipped] == [2, 3]
    assert "Another row" in str(file.skipped[0].reason)


WRONG_FILES = [
    (b"", "file_empty"),
    (b"\xef\xbb\xbf\r\n \r\n", "file_empty"),
    (b"PK\x03\x04rest", "file_is_spreadsheet"),
    (b"\xd0\xcf\x11\xe0rest", "file_is_spreadsheet"),
    (b"%PDF-1.7", "file_not_text"),
    (b"or\0der\x01", "file_not_text"),
    (b"<!DOCTYPE html><html>", "file_is_web_page"),
    (b"<?xml version='1.0'?><AmazonEnvelope>", "file_is_xml"),
    (report({}).replace(b"\t", b","), "file_has_commas"),
    (report({}).replace(b"\t", b";"), "file_has_commas"),
    (b"settlement-id\tsettlement-start-date\torder-id\n1\t2\t3\n", "wrong_report"),
    (b"amazon-order-id\tmerchant-order-id\tpurchase-date\n", "wrong_report"),
    (b"return-date\torder-id\tsku\tasin\tfnsku\tfulfillment-center-id\n", "wrong_report"),
    (b"Lieber Herr M\xfcller,\nanbei die Liste\n", "wrong_report"),
    (report({}, columns=[name for name in COLUMNS if name != "ship-country"]), "column_missing"),
]


@pytest.mark.parametrize(
    ("content", "code"), WRONG_FILES, ids=[f"{n}" for n in range(len(WRONG_FILES))]
)
def test_a_wrong_file_is_refused_with_what_to_do(content, code):
    with pytest.raises(Rejected) as refusal:
        read(content)

    assert refusal.value.code == code
    assert str(refusal.value).endswith(".")


def test_a_missing_column_is_named():
    columns = [name for name in COLUMNS if name not in ("ship-country", "recipient-name")]

    with pytest.raises(Rejected, match="recipient-name, ship-country"):
        read(report({}, columns=columns))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23", datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)),
        ("2026-11-23T10:00:00", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("2026/11/23 10:00:00 MEZ", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("2026-11-23 10:00:00 UTC", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("2026-11-23T10:00:00-08:00", datetime(2026, 11, 23, 18, 0, tzinfo=UTC)),
        ("whenever", None),
    ],
)
def test_days_and_times_without_zone_are_the_marketplaces(text, expected):
    [order] = read(report({"promise-date": text})).orders

    assert order.ship_by_at == expected


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Standard", "STANDARD"),
        ("Std DE Dom_1", "STANDARD"),
        ("Expedited", "EXPEDITED"),
        ("SecondDay", "SECOND_DAY"),
        ("NextDay", "NEXT_DAY"),
        ("FreeEconomy", "FREE_ECONOMY"),
        ("Flying carpet", "Flying carpet"),
        ("", ""),
    ],
)
def test_service_levels_speak_the_words_of_the_api(text, level):
    assert read(report({"ship-service-level": text})).orders[0].service_level == level


def test_confirmations_are_written_row_by_row(make_confirmation):
    late = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
    two = make_confirmation(items=(("1", 2), ("2", 1)), shipped_at=late, tracking_number="0\t0\n1")
    other = make_confirmation(carrier_code="Other", carrier_name="Bote & Söhne")

    lines = write_confirmations([two, other], by_country("DE")).decode("cp1252").split("\r\n")

    assert lines == [
        "order-id\torder-item-id\tquantity\tship-date\tcarrier-code\tcarrier-name"
        "\ttracking-number\tship-method",
        "302-1234567-1234567\t1\t2\t2026-11-03\tDHL\t\t0 0 1\tDHL Paket",
        "302-1234567-1234567\t2\t1\t2026-11-03\tDHL\t\t0 0 1\tDHL Paket",
        "302-1234567-1234567\t1\t2\t2026-11-02\tOther\tBote & Söhne"
        "\t00340434161094000001\tDHL Paket",
        "",
    ]


def test_the_file_for_japan_is_in_japans_letters(make_confirmation):
    yamato = make_confirmation(carrier_code="Other", carrier_name="ヤマト運輸")

    content = write_confirmations([yamato], by_country("JP"))

    assert "ヤマト運輸" in content.decode("cp932")


def test_letters_that_the_file_cannot_hold_are_refused_with_the_order(make_confirmation):
    yamato = make_confirmation(carrier_code="Other", carrier_name="ヤマト運輸")

    with pytest.raises(Rejected, match="302-1234567-1234567") as refusal:
        write_confirmations([yamato], by_country("DE"))

    assert refusal.value.code == "letters_not_in_charset"
