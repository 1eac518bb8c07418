"""The page of own prices: rows in and out, the file, and what a label then costs."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import default_account, open_carrier
from packbench.shipments.models import Charge
from packbench.shipments.planning import plan_shipment
from packbench.shipments.rating import compare_rates
from tests.carriers.test_own_prices import FILE
from tests.making import NOW, make_account, make_means, make_order, make_store
from tests.web.orders.conftest import buy_all
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(workspace):
    return default_account(workspace, now=NOW)


@pytest.fixture
def url(account):
    return f"/settings/carriers/{account.pk}/prices"


def upload(owner, url, text):
    file = SimpleUploadedFile("prices.csv", text.encode(), "text/csv")
    return owner.post(f"{url}/upload", {"file": file}, follow=True)


def price(**changes):
    row = {"service": "standard", "zone": "home", "up_to_g": "2000", "price": "4.90"}
    return {f"price-{name}": value for name, value in {**row, "currency": "EUR", **changes}.items()}


def rates(account):
    return CarrierAccount.objects.get(pk=account.pk).settings["rates"]


def test_a_price_is_added_changed_and_removed(owner, account, url):
    owner.post(f"{url}/add/price", price())
    owner.post(f"{url}/add/price", price(up_to_g="500", price="2.90"))
    owner.post(f"{url}/add/price", price(price="5.10"))
    assert rates(account)["prices"]["standard"]["home"] == [[500, "2.90"], [2000, "5.10"]]
    assert "€5.10" in text_of(owner.get(url))

    row = {"row": "price", "service": "standard", "zone": "home", "up_to_g": "500"}
    owner.post(f"{url}/remove", {**row, "price": "2.90", "currency": "EUR"})

    assert rates(account)["prices"]["standard"]["home"] == [[2000, "5.10"]]


def test_a_zone_and_its_surcharge_are_added_and_a_zone_in_use_stays(owner, account, url):
    zone = {"zone-zone": "islands", "zone-countries": "es", "zone-postal_codes": "07, 35"}
    owner.post(f"{url}/add/zone", zone)
    owner.post(
        f"{url}/add/surcharge",
        {"surcharge-kind_of": "remote", "surcharge-price": "3", "surcharge-zone": "islands"},
    )
    page = text_of(owner.get(url))
    assert "islands" in page
    assert "Remote area surcharge" in page

    gone = {"row": "zone", "zone": "islands", "countries": "ES", "postal_codes": "07 35"}
    page = text_of(owner.post(f"{url}/remove", gone, follow=True))

    assert "knows no islands" in page
    assert len(rates(account)["zones"]) == 1


def test_what_cannot_be_is_said_beside_the_form(owner, account, url):
    page = text_of(owner.post(f"{url}/add/price", price(price="0")))

    assert "above zero, or left empty" in page
    assert "rates" not in CarrierAccount.objects.get(pk=account.pk).settings


def test_a_file_goes_in_and_comes_out_and_the_form_of_the_account_keeps_it(owner, account, url):
    upload(owner, url, FILE)
    file = owner.get(f"{url}.csv").content

    form = {"name": "Van", "label_size": "a6", "default_service": "standard"}
    owner.post(f"/settings/carriers/{account.pk}", form)

    assert "price,standard,islands,,,5000,14.90" in file.decode("utf-8-sig")
    assert CarrierAccount.objects.get(pk=account.pk).name == "Van"
    assert rates(account)["zones"][0]["postal_codes"] == ["07", "35", "38"]
    assert "14.90" in text_of(owner.get(url))


def test_a_file_with_bad_rows_changes_nothing_and_names_each(owner, account, url):
    upload(owner, url, FILE)

    page = text_of(upload(owner, url, FILE + "price;standard;moon;;;1;1;;;\nbad;;;;;;;;;\n"))

    assert "2 rows cannot be read" in page
    assert "knows no moon" in page
    assert len(rates(account)["prices"]["standard"]) == 3


def test_a_label_costs_what_the_table_says_and_stands_beside_the_others(owner, account, url):
    upload(owner, url, FILE)
    account = CarrierAccount.objects.get(pk=account.pk)
    order = make_order(make_store(make_account(account.workspace)))
    means = make_means(account.workspace)

    compared = compare_rates(order, means, [account], now=NOW)
    plan_shipment(order, means, batch=None, actor="test", now=NOW)
    buy_all(account.workspace)

    (offer,) = [each for each in compared.offers if each.rate.service == "standard"]
    assert offer.rate.cost.amount == Decimal("5.85")
    assert [what for what, _ in offer.rate.parts] == ["Freight", "Fuel surcharge"]
    kinds = list(Charge.objects.order_by("pk").values_list("kind", "amount"))
    assert kinds == [("quoted", Decimal("5.85")), ("bought", Decimal("5.85"))]
    assert open_carrier(account).table.currency == "EUR"


def test_only_owners_and_only_carriers_with_own_prices(owner, viewer, url, workspace):
    other = CarrierAccount.objects.create(
        workspace=workspace, carrier="easypost", name="EasyPost", created_at=NOW
    )

    assert viewer.get(url).status_code == 403
    assert viewer.post(f"{url}/add/price", price()).status_code == 403
    assert owner.get(f"/settings/carriers/{other.pk}/prices").status_code == 404
