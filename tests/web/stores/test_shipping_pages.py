"""Settings of carriers, warehouses, package types, presets, service rules and tax numbers."""

import re
from decimal import Decimal

import pytest

from packbench.carriers.kinds import KINDS, Ask, CarrierKind
from packbench.carriers.models import (
    CarrierAccount,
    PackageType,
    Preset,
    ServiceRule,
    TaxNumber,
    Warehouse,
)
from packbench.carriers.registry import CARRIERS, default_account, secrets_of
from packbench.events.models import Event
from tests.making import NOW, make_member, make_warehouse, make_workspace
from tests.shipments.rated import PATH, make_rated
from tests.web.orders.conftest import browser_of
from tests.web.stores.consenting import text_of
from tests.web.stores.test_setting_up import ADDRESS

pytestmark = pytest.mark.django_db
LOCAL = {"name": "Van", "label_size": "a6", "is_compared": "on", "ask_dpi": "300"}


@pytest.fixture
def keyed(monkeypatch):
    """A kind of carrier that wants a secret, as any other entry of the list."""
    kind = CarrierKind(
        code="keyed",
        name="Parcel Post",
        says="Posts parcels.",
        opening=PATH,
        asks=(Ask(name="number", word="Customer number", is_required=True),),
        secrets=(Ask(name="key", word="API key", is_required=True), Ask(name="pin", word="PIN")),
    )
    monkeypatch.setitem(CARRIERS, "keyed", PATH)
    monkeypatch.setattr("packbench.carriers.managing.KINDS", (*KINDS, kind))
    monkeypatch.setattr("packbench.carriers.managing.BY_CODE", {"keyed": kind})
    monkeypatch.setattr("packbench.web.views.carriers.BY_CODE", {"keyed": kind})
    return kind


def test_every_carrier_has_an_entry_and_every_entry_opens():
    assert {kind.code for kind in KINDS} <= set(CARRIERS)
    assert all(CARRIERS[kind.code] == kind.opening for kind in KINDS)


def test_a_carrier_of_own_labels_is_added_with_its_limits(owner, workspace):
    assert "Own labels" in text_of(owner.get("/settings/carriers"))
    form = LOCAL | {"most_per_label": "9.50", "limit_currency": "eur"}

    owner.post("/settings/carriers/add/local", form)

    row = CarrierAccount.objects.get(name="Van")
    assert (row.settings["dpi"], row.label_size, row.is_default) == (300, "a6", False)
    assert (row.most_per_label, row.limit_currency) == (Decimal("9.50"), "EUR")
    assert "Own prices" in text_of(owner.get(f"/settings/carriers/{row.pk}"))
    assert "at most €9.50 a label" in text_of(owner.get("/settings/carriers"))
    assert Event.objects.filter(name="carrier.added").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"most_per_day": "5"}, "in which currency the limits are"),
        ({"most_per_day": "-5", "limit_currency": "EUR"}, "greater than or equal to 0"),
        ({"name": "Own labels"}, "is taken"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_added(owner, changes, said):
    owner.get("/settings/carriers")

    page = text_of(owner.post("/settings/carriers/add/local", LOCAL | changes))

    assert said in page
    assert CarrierAccount.objects.count() == 1


def test_a_secret_is_sealed_never_shown_and_kept_where_none_is_entered(owner, keyed):
    form = {"name": "Post", "label_size": "a6", "ask_number": "77"}
    page = text_of(owner.post("/settings/carriers/add/keyed", form))
    assert "This field is required." in page

    owner.post("/settings/carriers/add/keyed", form | {"secret_key": "top-secret"})
    row = CarrierAccount.objects.get(name="Post")
    page = text_of(
        owner.post(
            f"/settings/carriers/{row.pk}",
            form | {"name": "Poste", "secret_pin": "77"},
            follow=True,
        )
    )

    row.refresh_from_db()
    assert (row.name, secrets_of(row).values) == ("Poste", {"key": "top-secret", "pin": "77"})
    assert "top-secret" not in f"{row.settings}{row.secrets!r}"
    for address in ("/settings/carriers", f"/settings/carriers/{row.pk}"):
        page = text_of(owner.get(address))
        assert "top-secret" not in page
    assert "Enter a new one only to replace it." in page


def test_exactly_one_is_the_default_and_it_cannot_be_closed(owner, workspace):
    owner.get("/settings/carriers")
    first, second = CarrierAccount.objects.get(), make_rated(workspace, ["good", "1", "EUR", 1])

    owner.post(f"/settings/carriers/{second.pk}/default")
    assert list(CarrierAccount.objects.filter(is_default=True)) == [second]
    page = text_of(owner.post(f"/settings/carriers/{second.pk}/close", follow=True))
    assert "Make another one the default" in page
    owner.post(f"/settings/carriers/{first.pk}/close")
    page = text_of(owner.post(f"/settings/carriers/{first.pk}/default", follow=True))

    assert "Open it again first" in page
    assert list(CarrierAccount.objects.filter(is_default=True)) == [second]
    owner.post(f"/settings/carriers/{first.pk}/reopen")
    assert not CarrierAccount.objects.filter(closed_at__isnull=False).exists()


def test_a_test_says_whether_the_carrier_answers(owner, workspace):
    make_warehouse(workspace)
    good = make_rated(workspace, ["good", "1", "EUR", 1])
    bad = make_rated(workspace, fails="yes", name="Bad")
    gone = make_rated(workspace, name="Gone")
    CarrierAccount.objects.filter(pk=gone.pk).update(carrier="never_was")

    said = [
        text_of(owner.post(f"/settings/carriers/{row.pk}/test", follow=True)) for row in (good, bad)
    ]

    assert "Post answers." in said[0]
    assert "Slow Post does not answer." in said[1]
    owner.post(f"/settings/carriers/{gone.pk}/test")
    gone.refresh_from_db()
    assert gone.trouble["code"] == "no_carrier"
    assert "Cannot be used" in text_of(owner.get("/settings/carriers"))
    bad.refresh_from_db()
    assert bad.checked_at
    assert bad.trouble is None


def test_a_warehouse_has_a_calendar(owner):
    form = ADDRESS | {
        "email": "bench@example.com",
        "time_zone": "Europe/Madrid",
        "cutoff_at": "15:30",
        "pickup_days": ["0", "1", "5"],
        "holidays": "2026-12-25\n2026-12-24",
        "new_holiday": "2027-01-06",
    }

    owner.post("/settings/addresses/new", form)

    row = Warehouse.objects.get()
    assert (row.email, row.time_zone, f"{row.cutoff_at:%H:%M}") == (
        "bench@example.com",
        "Europe/Madrid",
        "15:30",
    )
    assert row.pickup_days == [0, 1, 5]
    assert [f"{day}" for day in row.holidays] == ["2026-12-24", "2026-12-25", "2027-01-06"]
    assert "cut-off 15:30" in text_of(owner.get("/settings/warehouses"))
    page = text_of(owner.post("/settings/addresses/new", form | {"holidays": "Christmas"}))
    assert "“Christmas” is no day." in page


def test_public_holidays_are_filled_in_to_be_looked_at_and_not_saved(owner):
    form = ADDRESS | {"country": "DE", "state": "BY", "holidays": "2030-05-05", "fill": "holidays"}

    answer = owner.post("/settings/addresses/new", form)

    form_html = answer.content.decode().split('novalidate class="card"')[1]
    assert re.search(r"<button[^>]*>", form_html)[0] == "<button hidden>"  # Enter saves
    shown = text_of(answer).split("Holidays")[1]
    assert "-12-25" in shown
    assert "2030-05-05" in shown
    assert not Warehouse.objects.exists()


def test_package_types_presets_and_numbers_are_kept_changed_and_removed(owner, workspace):
    box = {"name": "Small", "length_mm": 200, "width_mm": 150, "height_mm": 90, "tare_g": 40}
    owner.post("/settings/packages", box)
    small = PackageType.objects.get()
    owner.post(f"/settings/packages/{small.pk}", box | {"tare_g": 50})
    owner.post(f"/settings/packages/{small.pk}/default", {"is_default": "yes"})
    assert "Another package type has this name" in text_of(owner.post("/settings/packages", box))
    preset = {"name": "Fast", "hotkey": 1, "package_type": small.pk, "insured": "50",
              "insured_currency": "eur", "is_saturday": "on"}  # fmt: skip
    owner.post("/settings/presets", preset)
    taken = text_of(owner.post("/settings/presets", preset | {"name": "Other"}))
    owner.post("/settings/tax-numbers", {"kind": "eori", "number": "es b123 45678"})

    small.refresh_from_db()
    assert (small.tare_g, small.is_default) == (50, True)
    assert "this name or this key" in taken
    row = Preset.objects.get()
    assert row.options == {"insured": {"amount": "50", "currency": "EUR"}, "is_saturday": True}
    assert 'value="50"' in text_of(owner.get(f"/settings/presets/{row.pk}"))
    assert TaxNumber.objects.get().number == "ESB12345678"
    owner.post(f"/settings/presets/{row.pk}/remove")
    owner.post(f"/settings/packages/{small.pk}/remove")
    owner.post(f"/settings/tax-numbers/{TaxNumber.objects.get().pk}/remove")
    assert not (PackageType.objects.exists())
    assert not (Preset.objects.exists())
    assert not TaxNumber.objects.exists()


def test_service_rules_stand_in_the_order_in_which_they_count(owner, workspace):
    post = make_rated(workspace, ["good", "1", "EUR", 1])
    owner.post("/settings/service-rules", {"choice": "cheapest", "must_arrive_in_time": "on"})
    fixed = {"choice": "fixed", "service_level": "EXPEDITED", "carrier_account": post.pk}
    lacking = text_of(owner.post("/settings/service-rules", fixed))
    owner.post("/settings/service-rules", fixed | {"service": "good"})

    twice = text_of(owner.post("/settings/service-rules", {"choice": "fastest"}))

    assert "Enter the service." in lacking
    assert "There is a rule for this store" in twice
    assert ServiceRule.objects.count() == 2
    page = text_of(owner.get("/settings/service-rules"))
    assert page.index("Expedited</a>") < page.index('">All stores</a>')
    assert "arrives by the promise" in page


def test_settings_of_shipping_are_the_owners_of_this_workspace(owner, workspace, packer):
    stranger = browser_of(make_member(make_workspace("Elsewhere"), "otto@example.com"))
    row = default_account(workspace, now=NOW)
    warehouse = make_warehouse(workspace)
    preset = Preset.objects.create(workspace=workspace, name="X", created_at=row.created_at)
    pages = ("carriers", "warehouses", "packages", "presets", "service-rules")
    theirs = (f"carriers/{row.pk}", f"addresses/{warehouse.pk}", f"presets/{preset.pk}")

    for page in (*pages, *theirs):
        assert packer.get(f"/settings/{page}").status_code == 403
        assert owner.get(f"/settings/{page}").status_code == 200
    for page in theirs:
        assert stranger.get(f"/settings/{page}").status_code == 404
    for deed in ("close", "default", "test", "reopen"):
        assert stranger.post(f"/settings/carriers/{row.pk}/{deed}").status_code == 404
