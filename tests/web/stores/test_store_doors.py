"""Who may come in, over every address of this part."""

import pytest
from django.urls import reverse

from packbench.accounts.keys import make_key
from packbench.channels.connecting import add_file_store
from packbench.channels.models import Store
from packbench.currencies.models import ExchangeRate
from packbench.lib import clock
from packbench.products.models import ProductImage
from packbench.products.naming import Name, add_name
from packbench.products.ruling import Ruling, add_rule
from packbench.shipments.models import NoticeFile
from packbench.web import store_urls
from tests.making import DE, make_account, make_member, make_order, make_store, make_warehouse

pytestmark = pytest.mark.django_db

OPEN = {"setup", "sign_in", "sign_in_code", "sign_out"}
# Steps, countries, controls and kinds of file are the same for everybody.
WITHOUT_ROW = {
    "compliance_save",
    "connect_guide_step",
    "settings_audit_file",
    "settings_audit_vouch",
}
REDIRECTS = {"connect_callback"}  # to a page of this list, whoever comes: it keeps no code
FOR_ALL = {
    "account",
    "compliance",
    "product",  # what may not be saved is guarded by its own test
    "product_facts",
    "product_image",
    "products_file",
    "stores",
    "store",
    "store_file",
    "store_log",
    "store_logo",
    "products",
    "products_weights_file",
    "settings",
    "settings_factor",
    "settings_me",
    "settings_password",
    "trace",
}
FOR_SHIPPERS = {
    "store_report",
    "store_confirmations",
    "product_merge",
    "product_name_add",
    "product_name_remove",
    "product_picture",
    "product_split",
    "product_weigh",
    "products_edit",
    "products_fetch",
    "products_upload",
    "trace_ask",
}
PAGES = {pattern.name: pattern for pattern in store_urls.urlpatterns}
ROWS = sorted(name for name in PAGES if PAGES[name].pattern.converters and name not in WITHOUT_ROW)


@pytest.fixture
def rows(workspace, owner):
    """One row of every kind in the workspace, by the name it has in addresses."""
    store = make_store(make_account(workspace))
    make_order(store)
    shop = add_file_store(workspace, DE, name="Laden", actor="test", now=clock.now())
    file = NoticeFile.objects.create(
        workspace=workspace, store=shop, content=b"x", count=1, created_at=clock.now()
    )
    Store.objects.filter(pk=shop.pk).update(brand_logo=b"a picture")
    ProductImage.objects.create(
        product=workspace.products.get(), content=b"a picture", saved_at=clock.now()
    )
    owner.get("/settings")
    rule = add_rule(workspace, Ruling(100), actor="test", now=clock.now())
    name = Name("sku", "MUG-7")
    add_name(workspace.products.get(), name, actor="test", now=clock.now())
    return {
        "rule_id": rule.pk,
        "alias_id": workspace.product_aliases.get().pk,
        "account_id": store.account_id,
        "slug": "roles",
        "country": "DE",
        "category": "weee",
        "code": "incidents.plan",
        "kind": "json",
        "store_id": shop.pk,
        "part": "brand",
        "file_id": file.pk,
        "product_id": workspace.products.get().pk,
        "warehouse_id": make_warehouse(workspace).pk,
        "carrier_id": workspace.carrier_accounts.get().pk,
        "key_id": make_key(
            workspace, "Printer", ["orders:read"], actor="test", now=clock.now()
        ).row.pk,
        "rate_id": ExchangeRate.objects.create(
            workspace=workspace,
            base="EUR",
            currency="USD",
            on=clock.now().date(),
            rate=1,
            origin=ExchangeRate.Origin.PERSON,
        ).pk,
        "member_id": make_member(workspace, "carla@example.com").pk,
    }


def address_of(name, rows):
    needed = PAGES[name].pattern.converters
    return reverse(name, kwargs={key: rows[key] for key in needed})


def answers(browser, url):
    return {browser.get(url).status_code, browser.post(url).status_code}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_another_workspace_is_not_found(stranger, rows, name):
    assert answers(stranger, address_of(name, rows)) <= {404, 405}


@pytest.mark.parametrize("name", sorted(set(PAGES) - OPEN))
def test_nobody_comes_in_without_signing_in(anybody, rows, name):
    url = address_of(name, rows)

    for answer in (anybody.get(url), anybody.post(url)):
        assert answer.status_code == 405 or answer["Location"].startswith("/sign-in")


@pytest.mark.parametrize("name", sorted(set(PAGES) - OPEN - FOR_ALL - FOR_SHIPPERS - REDIRECTS))
def test_packers_and_viewers_manage_nothing(packer, viewer, rows, name):
    url = address_of(name, rows)

    for browser in (packer, viewer):
        assert answers(browser, url) <= {403, 405}


@pytest.mark.parametrize("name", sorted(FOR_SHIPPERS))
def test_viewers_ship_nothing(viewer, rows, name):
    assert answers(viewer, address_of(name, rows)) <= {403, 405}


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"connect_callback", "sign_out"}))
def test_every_page_answers_its_owner(owner, rows, name):
    assert owner.get(address_of(name, rows)).status_code in (200, 302, 405)


def test_forms_from_other_sites_are_refused(owner):
    owner.handler.enforce_csrf_checks = True

    answer = owner.post("/settings/workspace", {"name": "Stolen"})

    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_a_page_that_is_not_there_says_so(owner, anybody):
    assert "There is nothing here" in owner.get("/nowhere").content.decode()
    assert anybody.get("/nowhere").status_code == 404


@pytest.mark.parametrize("odd", ["%00", "sto_%00", "..", "ord_1' or 1=1", "é", "sto_" + "z" * 500])
def test_what_cannot_be_an_id_is_not_found(owner, odd):
    for url in ("/stores/{}", "/products/{}/weight", "/settings/addresses/{}"):
        assert owner.post(url.format(odd), {"weight_g": "5"}).status_code in (404, 405)
    owner.post("/products/weights", {"product": ["\0"], "weight_g": "5"})
