"""For how long carriers take labels back: what is known, as of when, and what the seller says."""

from datetime import timedelta

import pytest

from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import default_account
from packbench.carriers.void_days import read_facts, void_days_of
from packbench.events.models import Event
from packbench.lib import clock
from packbench.shipments.leftovers import unused_labels, void_by
from packbench.shipments.models import Shipment
from tests.making import make_account, make_order, make_store
from tests.web.orders.conftest import labeled
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db
PAGE = "/settings/carriers/void-days"


@pytest.fixture
def shipment(workspace):
    return labeled(make_order(make_store(make_account(workspace))))


@pytest.fixture
def account(workspace, shipment):
    """A carrier that nobody said anything of, with a label."""
    row = default_account(workspace, now=clock.now())
    CarrierAccount.objects.filter(pk=row.pk).update(carrier="amazon_shipping", name="Amazon")
    row.refresh_from_db()
    return row


def correct(browser, account, days, note="Contract 7, page 3"):
    given = {f"{account.pk}-days": days, f"{account.pk}-note": note}
    return browser.post(f"/settings/carriers/{account.pk}/void-days", given, follow=True)


def test_an_unknown_carrier_says_so_and_its_days_are_a_guess(owner, account):
    page = text_of(owner.get(PAGE))

    assert "Not known" in page
    assert "14 days are a cautious guess" in page
    assert (void_days_of(account).days, void_days_of(account).is_known) == (14, False)


def test_what_the_seller_says_counts_with_its_day_and_where_it_is_written(owner, account, shipment):
    page = text_of(correct(owner, account, 60))

    assert "As you say" in page
    assert "60 days" in page
    assert "Contract 7, page 3" in page
    row = Shipment.objects.with_order().get(pk=shipment.pk)
    assert void_by(row) - row.purchased_at == timedelta(days=60)
    assert Event.objects.filter(name="carrier.changed").exists()
    correct(owner, account, "")
    account.refresh_from_db()
    assert (account.own_void_days, account.own_void_note, account.own_void_on) == (None, "", None)


@pytest.mark.parametrize("days", ["0", "121", "-3", "many"])
def test_a_number_that_cannot_be_is_refused_in_place(owner, account, days):
    page = correct(owner, account, days)

    assert page.status_code == 400
    assert "has-error" in page.content.decode()
    account.refresh_from_db()
    assert account.own_void_days is None


def test_an_assumed_day_is_marked_at_the_end_of_the_day(owner, account, workspace):
    Shipment.objects.update(purchased_at=clock.now() - timedelta(days=2))

    assert "assumed" in text_of(owner.get("/today/end"))
    correct(owner, account, 30)
    assert "assumed" not in text_of(owner.get("/today/end"))
    assert unused_labels(workspace, now=clock.now())[0].is_known


def test_only_owners_of_the_workspace_correct_it(packer, stranger, account):
    assert packer.get(PAGE).status_code == 403
    assert packer.post(f"/settings/carriers/{account.pk}/void-days").status_code == 403
    assert stranger.post(f"/settings/carriers/{account.pk}/void-days").status_code == 404


def test_every_number_of_ours_has_a_source_or_costs_nothing():
    facts = read_facts()

    assert all(fact.source or fact.days is None for fact in facts.carriers.values())
    assert facts.as_of.year >= 2026
