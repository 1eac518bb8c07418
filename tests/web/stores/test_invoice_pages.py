"""Pages of carriers' invoices and of what labels cost."""

import base64
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.carriers.models import CarrierAccount
from packbench.lib.money import Money
from packbench.shipments.models import Charge, Label, ReturnLabel
from packbench.shipments.planning import plan_shipment
from packbench.shipments.spending import charge
from tests.carriers.test_own_prices import table
from tests.making import NOW, make_account, make_means, make_order, make_store
from tests.web.orders.conftest import buy_all
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def label(workspace):
    order = make_order(make_store(make_account(workspace)))
    means = make_means(workspace)
    CarrierAccount.objects.update(settings={"rates": table().as_json()})
    plan_shipment(order, means, batch=None, actor="test", now=NOW)
    buy_all(workspace)
    return Label.objects.get()


@pytest.fixture
def url(label):
    return f"/settings/carriers/{label.shipment.carrier_account_id}/invoices"


def upload(owner, url, text, **changes):
    file = SimpleUploadedFile("invoice.csv", text.encode(), "text/csv")
    form = {"file": file, "meaning": "total", "invoice": "R-77", "currency": "EUR", **changes}
    return owner.post(f"{url}/upload", form, follow=True)


def test_an_invoice_is_booked_and_explained_on_every_page(owner, label, url):
    page = text_of(upload(owner, url, f"tracking,amount\n{label.tracking_number},7.00\n"))

    assert "1 label cost something else than was paid: €1.15 in all." in page
    assert "R-77" in text_of(owner.get(url))
    costs = text_of(owner.get("/costs?only=adjusted"))
    assert "€5.85" in costs
    assert "€1.15" in costs
    assert "€7.00" in costs
    assert "invoice R-77, row 2" in costs
    assert "invoice R-77, row 2" in text_of(owner.get(f"/orders/{label.shipment.order_id}"))


def test_rows_that_match_nothing_come_back_as_a_file(owner, label, url):
    answer = upload(owner, url, "tracking,amount,to\nNOPE,7.00,Ann\n")

    page = text_of(answer)
    assert "No label here has this tracking number." in page
    packed = re.search(r'base64,([^"]+)"', answer.content.decode())[1]
    file = base64.b64decode(packed).decode("utf-8-sig")
    assert file.splitlines()[1] == "NOPE,7.00,Ann,No label here has this tracking number."


def test_columns_that_nobody_knows_are_asked_for(owner, label, url):
    page = text_of(upload(owner, url, f"what,costs\n{label.tracking_number},7\n"))
    assert "It has: what, costs." in page

    chosen = {"tracking": "what", "amount": "costs"}
    upload(owner, url, f"what,costs\n{label.tracking_number},7\n", **chosen)

    assert Charge.objects.get(kind="adjusted").amount == Decimal("1.15")
    assert 'value="costs"' in owner.get(url).content.decode()


def test_return_labels_stand_among_the_costs_page_by_page(owner, label, monkeypatch):
    account = label.shipment.carrier_account
    back = ReturnLabel.objects.create(
        workspace=label.workspace,
        shipment=label.shipment,
        carrier_account=account,
        status="made",
        tracking_number="BACK-1",
        created_by="test",
        created_at=NOW,
    )
    charge(back, account, Charge.Kind.BOUGHT, Money(Decimal("4.10"), "EUR"), now=NOW)
    monkeypatch.setattr("packbench.web.cost_list.PAGE", 1)

    first = owner.get("/costs").content.decode()
    second = owner.get(re.search(r'hx-get="([^"]+)"', first)[1].replace("&amp;", "&"))

    assert "BACK-1" in first
    assert "€4.10" in first
    assert "Return label" in first
    assert label.tracking_number not in first
    assert label.tracking_number in second.content.decode()
    assert "BACK-1" in text_of(owner.get(f"/costs?carrier={account.pk}"))


def test_an_empty_desk_says_what_will_be_here(owner):
    assert "No label has a price yet" in text_of(owner.get("/costs"))
    assert "No carrier charged anything later" in text_of(owner.get("/costs?only=adjusted"))


def test_costs_are_of_this_workspace_and_of_those_who_ship(viewer, owner, label, url):
    assert viewer.get("/costs").status_code == 403
    assert viewer.get(url).status_code == 403
    assert owner.get("/costs?carrier=car_other&after=%00x").status_code == 200
