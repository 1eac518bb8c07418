"""Tables of orders through their pages: upload, map, preview, import, mend, upload again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.lib import clock
from packbench.orders.jobs import read_uploaded
from packbench.orders.models import ColumnMap, Order, Upload
from packbench.privacy.models import Disclosure
from tests.making import make_account, make_order, make_store
from tests.orders.tabling import HEADERS, cells_of, make_shop, row, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace):
    return make_shop(workspace)


def file_of(content, name="orders.csv"):
    return SimpleUploadedFile(name, content, "text/csv")


def upload(browser, shop, content):
    return browser.post("/orders/import", {"store": shop.pk, "table": file_of(content)})


def map_sent(upload, **changes):
    """The map's form as it is shown, sent."""
    given = upload.value
    columns = [*HEADERS.values()] if "columns" not in changes else changes.pop("columns")
    sent = {f"column-{n}": given.columns.get(name, "") for n, name in enumerate(columns)}
    read = {"decimal": given.decimal, "weight_unit": given.weight_unit}
    return {**sent, **read, "date_order": given.date_order, **changes}


def preview(browser, shop, *rows, **changes):
    upload(browser, shop, table(*rows))
    mine = Upload.objects.latest("uploaded_at")
    browser.post(f"/orders/import/{mine.pk}/map", map_sent(mine, **changes))
    return Upload.objects.get(pk=mine.pk)


def text(answer):
    return answer.content.decode()


def test_a_file_is_mapped_looked_through_imported_and_its_refused_rows_mended(packer, shop):
    rows = [row("1"), row("2", country="Atlantis"), row("3")]
    answer = upload(packer, shop, table(*rows))
    mine = Upload.objects.get()
    assert answer["Location"] == f"/orders/import/{mine.pk}"

    page = text(packer.get(f"/orders/import/{mine.pk}"))
    assert "Order number" in page
    assert "Köln" in page
    packer.post(f"/orders/import/{mine.pk}/map", map_sent(mine, save_as="Website"))
    page = text(packer.get(f"/orders/import/{mine.pk}"))
    assert "Preview: nothing is saved yet" in page
    assert "Import 2 orders" in page
    assert "The cell Country holds no country" in page
    assert Order.objects.count() == 0

    packer.post(f"/orders/import/{mine.pk}/go")
    assert "2 new orders in Laden" in text(packer.get(f"/orders/import/{mine.pk}"))
    refused = packer.get(f"/orders/import/{mine.pk}/refused.csv")
    assert refused["Content-Disposition"].startswith("attachment")
    assert [each["Order number"] for each in cells_of(refused.content)] == ["2"]

    upload(packer, shop, refused.content.replace(b"Atlantis", b"DE"))
    again = Upload.objects.latest("uploaded_at")
    packer.post(f"/orders/import/{again.pk}/map", map_sent(again))
    packer.post(f"/orders/import/{again.pk}/go")
    assert set(Order.objects.values_list("external_id", flat=True)) == {"1", "2", "3"}
    assert ColumnMap.objects.get().name == "Website"


def test_whoever_looks_at_a_file_is_on_the_record(packer, shop):
    mine = preview(packer, shop, row("1", country="?"), row("2"))
    before = Disclosure.objects.count()

    packer.get(f"/orders/import/{mine.pk}")
    packer.get(f"/orders/import/{mine.pk}/refused.csv")

    looks = Disclosure.objects.order_by("id").values_list("reason", "order_ids")
    assert list(looks[before:]) == [("file", [mine.pk])] * 2


def test_a_large_file_is_read_by_a_worker_and_the_page_shows_how_far(packer, shop):
    mine = preview(packer, shop, *(row(number) for number in range(260)))

    assert mine.status == "checking"
    assert "every 1s" in text(packer.get(f"/orders/import/{mine.pk}"))
    read_uploaded(mine.pk)
    part = packer.get(f"/orders/import/{mine.pk}", headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"
    assert "Import 260 orders" in text(packer.get(f"/orders/import/{mine.pk}"))


def test_the_map_says_what_is_missing_and_what_is_chosen_twice(packer, shop):
    upload(packer, shop, table(row("1")))
    mine = Upload.objects.get()
    sent = map_sent(mine)

    lacking = packer.post(
        f"/orders/import/{mine.pk}/map",
        {name: value for name, value in sent.items() if value != "city"},
    )
    twice = packer.post(f"/orders/import/{mine.pk}/map", {**sent, "column-4": "city"})

    assert "Choose the columns of: city" in text(lacking)
    assert "is this field already" in text(twice)
    assert Upload.objects.get().status == "mapping"


def test_a_fixed_value_takes_the_place_of_a_column(packer, shop):
    headers = {name: header for name, header in HEADERS.items() if name != "country"}
    upload(packer, shop, table(row("1"), headers=headers))
    mine = Upload.objects.get()

    sent = map_sent(mine, columns=[*headers.values()], country="AT")
    packer.post(f"/orders/import/{mine.pk}/map", sent)
    packer.post(f"/orders/import/{mine.pk}/go")

    assert Order.objects.get().ship_to_country == "AT"


def test_a_saved_map_is_taken_and_deleted(packer, shop):
    mine = preview(packer, shop, row("1"), save_as="Website")
    upload(packer, shop, table(row("2")))
    other = Upload.objects.latest("uploaded_at")

    page = text(packer.get(f"/orders/import/{other.pk}?use=Website"))
    assert '<option value="number" selected>' in page
    packer.post(f"/orders/maps/{ColumnMap.objects.get().pk}/delete")

    assert not ColumnMap.objects.exists()
    assert mine.map_name == "Website"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 spreadsheet", "spreadsheet"),
        (b"a,b\n\x00\x00,1\n", "not a text file"),
        (b"Order number,City\n", "holds no rows"),
        (b"1001,ada@example.com\n1002,b", "must name the columns"),
        (b'Order number,City\n1,"K\xc3\xb6ln' + b"x" * 200_000, "quotation mark"),
        (",".join(f"a{'b' * n}" for n in range(201)).encode() + b"\n1", "more than 200 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(packer, shop, content, said):
    page = text(upload(packer, shop, content))

    assert said in page
    assert not Upload.objects.exists()


def test_a_discarded_file_is_gone_at_once(packer, shop):
    mine = preview(packer, shop, row("1"))

    packer.post(f"/orders/import/{mine.pk}/discard")

    assert not Upload.objects.get().has_file
    assert "This file is gone" in text(packer.get(f"/orders/import/{mine.pk}"))
    packer.post(f"/orders/import/{mine.pk}/go")
    assert not Order.objects.exists()


@pytest.mark.parametrize("path", ["", "/map", "/go", "/discard", "/refused.csv"])
def test_files_are_for_members_who_ship_and_of_their_own_workspace(
    packer, viewer, stranger, anybody, shop, path
):
    mine = preview(packer, shop, row("1", country="?"))
    url = f"/orders/import/{mine.pk}{path}"

    def answers(browser):
        return {browser.get(url).status_code, browser.post(url).status_code}

    assert answers(viewer) <= {403, 405}
    assert answers(stranger) <= {404, 405}
    assert answers(anybody) <= {302, 405}


def test_orders_of_amazon_have_no_page_to_change_them(packer, workspace):
    order = make_order(make_store(make_account(workspace)))

    assert packer.get(f"/orders/{order.pk}/edit").status_code == 404
    assert packer.post(f"/orders/{order.pk}/cancel").status_code == 404


def test_owners_add_a_shop_of_their_own_and_find_it_in_the_catalog(owner, packer, workspace):
    assert "A shop of your own" in text(owner.get("/stores/connect?q=csv"))
    sent = {"name": "Website", "currency": "EUR", "time_zone": "Europe/Berlin"}

    assert packer.post("/stores/connect/shop", sent).status_code == 403
    answer = owner.post("/stores/connect/shop", sent)
    again = owner.post("/stores/connect/shop", sent)

    shop = workspace.stores.get()
    assert (shop.is_own_shop, answer["Location"]) == (True, f"/stores/{shop.pk}")
    page = text(owner.get(f"/stores/{shop.pk}"))
    assert "Import a file" in page
    assert "Unshipped orders" not in page
    assert "There is a store named" in text(again)
    assert "Website" in text(owner.get("/stores"))


def test_an_own_shop_takes_no_report_and_writes_no_confirmations(owner, shop):
    report = owner.post(f"/stores/{shop.pk}/report", {"report": file_of(b"x")})
    confirmations = owner.post(f"/stores/{shop.pk}/confirmations")

    assert report.status_code == confirmations.status_code == 200
    assert shop.created_at < clock.now()
