"""Reports: the same one again, an older one, and cells no column holds."""

from datetime import timedelta

import pytest

from packbench.channels.connecting import add_file_store
from packbench.orders.filing import import_report
from packbench.orders.models import Order, OrderItem
from tests.making import ES, NOW, make_workspace

pytestmark = pytest.mark.django_db
COLUMNS = (
    "order-id",
    "order-item-id",
    "purchase-date",
    "quantity-purchased",
    "quantity-to-ship",
    "product-name",
    "sku",
    "recipient-name",
    "ship-address-1",
    "ship-country",
)


def report(*rows):
    lines = ["\t".join(COLUMNS)]
    for number, row in enumerate(rows, start=1):
        cells = {
            "order-id": f"402-0000001-000000{number}",
            "order-item-id": f"1000000{number}",
            "purchase-date": "2026-11-19T10:00:00+00:00",
            "quantity-purchased": "2",
            "quantity-to-ship": "2",
            "product-name": "Blue mug",
            "sku": "MUG",
            "recipient-name": "Lucía Ferrer",
            "ship-address-1": "Calle de la Luna 14",
            "ship-country": "ES",
            **row,
        }
        lines.append("\t".join(cells[name] for name in COLUMNS))
    return "\r\n".join(lines).encode()


def file_store():
    return add_file_store(make_workspace(), ES, name="Files", actor="test", now=NOW)


def test_the_same_report_again_changes_nothing():
    store, content = file_store(), report({}, {})
    import_report(store, content, actor="test", now=NOW)

    again = import_report(store, content, actor="test", now=NOW + timedelta(hours=1))

    assert (again.created, again.changed) == (0, 0)


def test_an_older_report_does_not_bring_back_pieces_that_went():
    store = file_store()
    morning, evening = report({}), report({"quantity-to-ship": "1"})
    import_report(store, morning, actor="test", now=NOW)
    import_report(store, evening, actor="test", now=NOW + timedelta(hours=8))

    import_report(store, morning, actor="test", now=NOW + timedelta(hours=9))

    assert OrderItem.objects.get().quantity_elsewhere == 1


@pytest.mark.parametrize(
    "cells",
    [
        {"product-name": "x" * 501},
        {"sku": "x" * 101},
        {"quantity-purchased": "9" * 11, "quantity-to-ship": ""},
        {"quantity-purchased": "9" * 5000, "quantity-to-ship": ""},
        {"order-item-id": "1" * 51},
    ],
    ids=["title", "sku", "quantity", "long_number", "item_id"],
)
def test_an_odd_row_does_not_refuse_the_whole_report(cells):
    import_report(file_store(), report({}, cells), actor="test", now=NOW)

    assert Order.objects.filter(external_id="402-0000001-0000001").exists()
