"""Tables of orders for tests. All people are invented."""

import csv
import io

from packbench.channels.connecting import add_own_shop
from packbench.orders.loading import load_upload
from packbench.orders.models import Upload
from packbench.orders.uploading import begin_import, keep_upload, use_map
from tests.making import NOW, make_workspace

HEADERS = {
    "number": "Order number",
    "placed": "Order date",
    "ship_by": "Ship by",
    "name": "Name",
    "street": "Address 1",
    "city": "City",
    "zip": "Postal code",
    "country": "Country",
    "phone": "Phone",
    "sku": "SKU",
    "item": "Item name",
    "quantity": "Quantity",
    "price": "Unit price",
    "weight": "Weight (g)",
}
CELLS = {
    "number": "1001",
    "placed": "2026-11-19 10:00",
    "ship_by": "2026-11-23",
    "name": "Jörg Müller",
    "street": "Kaiserstraße 1",
    "city": "Köln",
    "zip": "50667",
    "country": "DE",
    "phone": "+49 221 000",
    "sku": "MUG-BLUE",
    "item": "Blue mug",
    "quantity": "1",
    "price": "12.90",
    "weight": "350",
}


def make_shop(workspace=None, name="Laden"):
    return add_own_shop(
        workspace or make_workspace(),
        name=name,
        currency="EUR",
        time_zone="Europe/Berlin",
        actor="test",
        now=NOW,
    )


def row(number="1001", **changes):
    return {**CELLS, "number": str(number), **changes}


def table(*rows, charset="utf-8", delimiter=",", headers=HEADERS):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(headers.values())
    writer.writerows([[each[name] for name in headers] for each in rows])
    return out.getvalue().encode(charset)


def cells_of(content):
    """A file's rows as dictionaries by header."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def uploaded(shop, *rows, now=NOW, **options):
    return keep_upload(shop, table(*rows, **options), actor="ines", now=now)


def read(upload, now=NOW):
    """What a worker does with it."""
    load_upload(upload.pk, clock=lambda: now)
    return Upload.objects.get(pk=upload.pk)


def checked(shop, *rows, now=NOW, **options):
    upload = uploaded(shop, *rows, now=now, **options)
    use_map(upload, upload.value, actor="ines", now=now)
    return read(upload, now)


def imported(shop, *rows, now=NOW, **options):
    upload = checked(shop, *rows, now=now, **options)
    begin_import(upload, now=now)
    return read(upload, now)
