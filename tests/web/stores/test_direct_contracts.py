"""Settings, Carriers: contracts of one's own, with the fields that Karrio's extensions declare."""

import pytest

from packbench.carriers.base import Feature
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import can, secrets_of
from tests.connectors.karrio.environment import karrio_python
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db
ADD = "/settings/carriers/add/karrio"
FORM = {
    "name": "Our UPS",
    "label_size": "4x6in",
    "is_compared": "on",
    "ask_carrier": "ups",
    "ask_format": "zpl",
    "ask_account_country_code": "US",
    "ask_config_cost_center": "Bench 4",
    "secret_client_id": "client-77",
    "secret_client_secret": "top-secret",
    "secret_account_number": "SHIPPER-77",
}


@pytest.fixture
def installed(settings):
    settings.KARRIO_PYTHON = karrio_python()


def test_without_the_extra_the_page_says_how_to_install_it(owner, settings, tmp_path):
    settings.KARRIO_PYTHON = str(tmp_path / "bin" / "python")

    page = text_of(owner.get("/settings/carriers"))

    assert "packbench install-karrio" in page
    assert ADD not in page
    assert "packbench install-karrio" in text_of(owner.get(ADD))
    assert "packbench install-karrio" in text_of(owner.post(f"{ADD}?of=ups", FORM))
    assert not CarrierAccount.objects.filter(carrier="karrio").exists()


def test_a_contract_is_chosen_among_the_carriers_that_are_installed(owner, installed):
    page = text_of(owner.get(ADD))

    assert "UPS" in page
    assert "DPD" in page
    assert "?of=hub" not in page
    assert "UPS" in text_of(owner.get(f"{ADD}?of=never_was"))


def test_the_form_asks_what_the_carrier_declares_and_seals_every_text(owner, installed):
    page = text_of(owner.get(f"{ADD}?of=ups"))
    for field in ("secret_client_id", "secret_client_secret", "ask_language", "ask_test_mode"):
        assert f'name="{field}"' in page
    assert "metadata" not in page
    assert "This field is required." in text_of(
        owner.post(f"{ADD}?of=ups", FORM | {"secret_client_secret": ""})
    )

    owner.post(f"{ADD}?of=ups", FORM)

    row = CarrierAccount.objects.get(name="Our UPS")
    assert (row.carrier, row.settings["carrier"]) == ("karrio", "ups")
    assert secrets_of(row).values == {
        "client_id": "client-77",
        "client_secret": "top-secret",
        "account_number": "SHIPPER-77",
    }
    address = f"/settings/carriers/{row.pk}"
    for page in (text_of(owner.get(address)), text_of(owner.get("/settings/carriers"))):
        assert not any(secret in page for secret in secrets_of(row).values.values())
    assert "UPS 2nd Day Air" in text_of(owner.get(address))

    kept = {name: value for name, value in FORM.items() if not name.startswith("secret_")}
    owner.post(address, kept | {"ask_config_cost_center": ""})

    row.refresh_from_db()
    assert "config_cost_center" not in row.settings
    assert secrets_of(row).values["client_secret"] == "top-secret"


def test_each_carrier_can_what_its_extension_can(owner, installed):
    owner.post(f"{ADD}?of=ups", FORM)
    dpd = FORM | {"name": "Our DPD", "ask_carrier": "dpd", "secret_password": "x"}
    owner.post(f"{ADD}?of=dpd", dpd)
    ups, dpd = (CarrierAccount.objects.get(name=name) for name in ("Our UPS", "Our DPD"))

    assert can(ups, Feature.VOID)
    assert not can(dpd, Feature.VOID)


def test_an_account_whose_environment_is_gone_says_so_and_stays(owner, installed, settings):
    owner.post(f"{ADD}?of=ups", FORM)
    row = CarrierAccount.objects.get(name="Our UPS")
    settings.KARRIO_PYTHON = "/nowhere/bin/python"

    assert "packbench install-karrio" in text_of(owner.get(f"/settings/carriers/{row.pk}"))
    owner.post(f"/settings/carriers/{row.pk}/test")

    row.refresh_from_db()
    assert row.trouble["code"] == "karrio_missing"
    assert not can(row, Feature.VOID)
