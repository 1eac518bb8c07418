"""The page Currencies: what is uploaded, entered and chosen, and where it is shown."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.currencies.keeping import choose_currency, display_currency, enter_rate
from packbench.currencies.models import ExchangeRate
from packbench.lib import clock
from packbench.lib.money import Money
from tests.making import NOW, make_account, make_order, make_store

pytestmark = pytest.mark.django_db


def upload(browser, content):
    file = SimpleUploadedFile("rates.csv", content)
    return browser.post("/settings/currencies/rates", {"file": file}, follow=True)


def test_a_file_is_uploaded_and_its_newest_rates_are_shown(owner, workspace):
    today = clock.now().date().isoformat().encode()

    page = upload(owner, b"Date,USD,JPY,\n" + today + b",1.0867,163.06,\n").content.decode()

    assert "2 rates from" in page
    assert "1.0867 USD" in page
    assert "European Central Bank" in page


def test_a_wrong_file_and_none_say_what_to_upload(owner):
    assert "This is no file of rates." in upload(owner, b"hello").content.decode()
    none = owner.post("/settings/currencies/rates").content.decode()
    assert "Choose a file of rates." in none
    assert not ExchangeRate.objects.exists()


def test_a_rate_is_entered_and_removed_by_hand(owner):
    form = {"on": "2026-11-20", "base": "aed", "currency": "eur", "rate": "0,2501"}
    owner.post("/settings/currencies/rate", form)
    row = ExchangeRate.objects.get()
    assert (row.base, row.currency, row.rate) == ("AED", "EUR", Decimal("0.2501"))

    owner.post(f"/settings/currencies/rate/{row.pk}/remove")

    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize("rate", ["", "0", "-1", "much", "1e99", "\0"])
def test_what_is_no_rate_is_refused_beside_the_field(owner, rate):
    form = {"on": "2026-11-20", "base": "AED", "currency": "EUR", "rate": rate}

    assert owner.post("/settings/currencies/rate", form).status_code == 200
    assert not ExchangeRate.objects.exists()


def test_the_chosen_currency_stands_beside_the_orders_true_amount(owner, workspace):
    order = make_order(make_store(make_account(workspace)), total=Money(Decimal(100), "EUR"))
    enter_rate(workspace, "2026-11-19", "EUR", "USD", "1.09", actor="ines", now=NOW)
    assert "≈" not in owner.get(f"/orders/{order.pk}").content.decode()

    owner.post("/settings/currencies/display", {"currency": "usd"})

    page = owner.get(f"/orders/{order.pk}").content.decode()
    assert "€100.00" in page
    assert "≈ $109.00" in page
    assert "Rate of 19 Nov 2026" in page


def test_what_is_no_currency_is_refused_and_an_empty_one_ends_it(owner, workspace):
    choose_currency(workspace, "USD", actor="ines", now=NOW)

    page = owner.post("/settings/currencies/display", {"currency": "U$"}).content.decode()
    assert "three letters" in page
    assert display_currency(workspace) == "USD"

    owner.post("/settings/currencies/display", {"currency": ""})
    assert display_currency(workspace) == ""


def test_a_store_whose_currency_no_rate_reaches_is_named(owner, workspace):
    make_store(make_account(workspace))
    choose_currency(workspace, "USD", actor="ines", now=NOW)

    page = owner.get("/settings/currencies").content.decode()

    assert "No rate leads from EUR to USD yet" in page


def test_a_rate_of_another_workspace_is_not_removed(stranger, workspace):
    enter_rate(workspace, "2026-11-19", "EUR", "USD", "1.09", actor="ines", now=NOW)

    answer = stranger.post(f"/settings/currencies/rate/{ExchangeRate.objects.get().pk}/remove")

    assert answer.status_code == 404
    assert ExchangeRate.objects.exists()
