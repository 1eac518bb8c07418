"""From an empty desk to a connected store, in a real browser."""

import os
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from packbench.channels.base import Buyer
from packbench.channels.models import Store
from packbench.lib import clock
from packbench.orders.jobs import refill, rematch
from packbench.orders.models import Order
from packbench_sandbox import Sandbox
from tests.making import PASSWORD, make_account, make_item, make_member, make_order, make_store
from tests.web.stores.picturing import picture

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: apt install chromium"),
]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def open_page(chromium, live_server):
    """A page that may not complain: no console errors, no broken policy, no script error."""

    @contextmanager
    def open_page(width=1440, height=900, meant=()):
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}
        )
        context.add_init_script("window.print = () => {}")  # there is no printer, and it may crash
        page = context.new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.extend(_complaint(said)))
        page.on("response", lambda answer: complaints.extend(_broken(answer)))
        yield page
        context.close()
        assert not [text for text in complaints if not text.startswith(tuple(meant))]

    return open_page


def _complaint(said):
    """What the console says; a refused page is told by its answer and may be meant."""
    is_refusal = said.text.startswith("Failed to load resource")
    return [said.text] if said.type in ("error", "warning") and not is_refusal else []


def _broken(answer):
    is_page = answer.request.resource_type == "document"
    return [] if answer.status < 400 or is_page else [f"{answer.status} {answer.url}"]


@pytest.fixture
def sandbox(live_server, settings):
    with Sandbox(orders_per_store=1, arrivals_per_hour=0, rate_scale=1e6) as sandbox:
        settings.SANDBOX_URL = sandbox.url
        settings.BASE_URL = live_server.url
        sandbox.grants.register_redirect_uri(
            sandbox.application("demo").client_id, f"{live_server.url}/stores/connect/callback"
        )
        yield sandbox


def sign_in(page, email="ines@example.com"):
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def agree(page):
    page.get_by_label("I have read and accepted").check()
    page.get_by_label("I take complete responsibility").check()


def fits(page):
    """Whether nothing sticks out at the side."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_from_the_first_start_to_a_connected_store_through_amazons_consent(open_page, sandbox):
    demo = sandbox.application("demo")
    with open_page() as page:
        page.goto("/")
        assert urlsplit(page.url).path == "/setup"
        for text in ("ines@example.com", PASSWORD, "Casa Marina"):
            page.keyboard.type(text)  # the first field has the focus
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        page.get_by_label("Street and number").fill("Carrer del Port 8")
        page.get_by_label("Postal code").fill("46024")
        page.get_by_label("City").fill("Valencia")
        page.get_by_label("Country").select_option("ES")
        page.get_by_role("button", name="Save the address").click()

        page.get_by_role("link", name="Authorize in Seller Central").click()
        page.get_by_label("Store name").fill("Amazon ES")
        page.get_by_label("Country").select_option("ES")
        page.get_by_label("Client ID").fill(demo.client_id)
        page.get_by_label("Client secret").fill(demo.client_secret)
        page.get_by_label("Application ID").fill(demo.application_id)
        agree(page)
        page.get_by_role("button", name="Continue to Seller Central").press("Enter")

        page.wait_for_url(f"{sandbox.url}/**")
        page.get_by_label("I direct Amazon").check()
        page.get_by_role("button", name="Confirm").click()

        page.wait_for_url("**/stores/sto_*")
        page.get_by_role("heading", name="Amazon ES").first.wait_for()
        assert "code" not in page.url
        page.go_back()
        assert "spapi_oauth_code" not in page.url  # nor in the history
        page.goto("/stores")
        page.get_by_role("button", name="Amazon DE").click()
        page.get_by_role("heading", name="Amazon DE").first.wait_for()

    assert set(Store.objects.values_list("name", flat=True)) == {"Amazon ES", "Amazon DE"}


def test_the_guide_leads_from_the_catalog_to_stores_through_amazons_own_pages(open_page, sandbox):
    make_member()
    with open_page() as page:
        sign_in(page)
        page.goto("/stores/connect")
        page.get_by_label("Search the integrations").fill("spain")
        page.wait_for_url("**/stores/connect?q=spain")
        page.get_by_role("link", name="Amazon ES").click()
        page.get_by_role("link", name="Show me how").click()
        assert page.get_by_label("Country").input_value() == "ES"
        page.get_by_label("I do not have a developer profile").check()
        page.get_by_role("button", name="Begin").click()
        for heading in ("Register as a developer", "Ask for the roles", "Make the application"):
            page.get_by_role("heading", name=heading).wait_for()
            assert fits(page)
            page.get_by_role("button", name="Done, next step").click()
        keys = _keys(page)
        page.get_by_role("button", name="Done, next step").click()
        token = _refresh_token(page)
        page.get_by_role("button", name="Done, next step").click()
        seller = _seller_id(page)
        page.get_by_role("button", name="Done: enter the keys").click()

        page.get_by_label("Client ID").fill(keys[0])
        page.get_by_label("Client secret").fill(keys[1])
        page.get_by_label("Refresh token").fill(token)
        page.get_by_label("Seller ID").fill(seller)
        assert page.get_by_label("Country").input_value() == "ES"
        agree(page)
        page.get_by_role("button", name="Verify at Amazon").click()
        page.get_by_label("IT amazon.it").check()
        page.get_by_role("button", name="Add the ticked stores").click()
        page.get_by_role("heading", name="Congratulations").wait_for()
        page.get_by_role("link", name="Amazon IT").first.wait_for()

    assert set(Store.objects.values_list("name", flat=True)) == {"Amazon ES", "Amazon IT"}


def _beside(page, link):
    """The page of Amazon that a link of the guide opens beside the desk."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name=link).first.click()
    opened.value.wait_for_load_state()
    return opened.value


def _keys(page):
    portal = _beside(page, "Open Develop Apps")
    client_id, client_secret = (
        portal.locator(f"tr:has-text('{name}') code").first.inner_text()
        for name in ("Client identifier", "Client secret")
    )
    portal.close()
    return client_id, client_secret


def _refresh_token(page):
    portal = _beside(page, "Open Develop Apps")
    portal.get_by_role("link", name="Authorize an application").click()
    portal.get_by_role("button", name="Generate refresh token").click()
    token = portal.locator("#refresh-token").inner_text()
    portal.close()
    return token


def _seller_id(page):
    central = _beside(page, "Open Your Merchant Token")
    seller = central.locator("code").first.inner_text()
    central.close()
    return seller


def test_a_refused_consent_ends_on_a_page_with_the_way_on(open_page, sandbox):
    make_member()
    demo = sandbox.application("demo")
    with open_page(width=390, height=844) as page:
        sign_in(page)
        page.goto("/stores/connect/website?country=ES")
        page.get_by_label("Client ID").fill(demo.client_id)
        page.get_by_label("Client secret").fill(demo.client_secret)
        page.get_by_label("Application ID").fill(demo.application_id)
        agree(page)
        page.get_by_role("button", name="Continue to Seller Central").click()
        page.wait_for_url(f"{sandbox.url}/**")
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("Amazon says that the authorization was declined").wait_for()
        assert urlsplit(page.url).path == "/stores/connect/failed"
        assert fits(page)
        page.get_by_role("link", name="Begin again").click()
        assert page.get_by_label("Country").input_value() == "ES"
        assert page.get_by_label("Store name").input_value() == "Amazon ES"


def test_a_weight_is_saved_in_its_row_with_the_keyboard_alone(open_page):
    member = make_member()
    store = make_store(make_account(member.workspace))
    make_order(store, weight_g=None, items=(make_item(sku="MUG"),))
    with open_page() as page:
        sign_in(page)
        page.goto("/products")
        page.get_by_label("Weight of MUG in grams").focus()
        page.keyboard.type("0")
        page.keyboard.press("Enter")
        page.get_by_text("Enter 1 g or more.").wait_for()
        page.get_by_label("Weight of MUG in grams").fill("350")
        page.keyboard.press("Enter")
        page.get_by_text("1 waiting order is mended.").wait_for()
        assert page.get_by_label("Weight of MUG in grams").input_value() == "350"

    assert Order.objects.get().weight_g == 350


def test_a_secret_is_typed_again_and_the_rest_is_kept(open_page, sandbox):
    make_member()
    keys = sandbox.authorize("europe")
    with open_page() as page:
        sign_in(page)
        page.goto("/stores/connect/app")
        page.get_by_label("Client ID").fill(keys["client_id"])
        page.get_by_label("Client secret").fill("wrong")
        page.get_by_label("Refresh token").fill(keys["refresh_token"])
        page.get_by_label("Seller ID").fill(keys["seller_id"].lower())
        page.get_by_label("Country").select_option("DE")
        agree(page)
        page.get_by_role("button", name="Verify at Amazon").click()
        page.get_by_text("does not accept this client ID with this client secret").wait_for()
        assert page.get_by_label("Client ID").input_value() == keys["client_id"]
        assert page.get_by_label("Client secret").input_value() == ""
        assert page.get_by_label("Refresh token").input_value() == ""
        page.get_by_label("Client secret").fill(keys["client_secret"])
        page.get_by_label("Refresh token").fill(keys["refresh_token"])
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Add the ticked stores").click()
        page.wait_for_url("**/stores/sto_*?connected=1")


def test_no_page_is_wider_than_a_phone(open_page):
    member = make_member()
    account = make_account(member.workspace)
    store = make_store(account, name="A store with a name that is as long as names may be here ok")
    long_sku = "SKU-" + "VERY-LONG-" * 9
    make_order(store, weight_g=None, items=(make_item(sku=long_sku, title="A long title " * 30),))
    account.import_error = {"text": "A sentence " * 20, "code": "c", "request_id": "r" * 60}
    account.expires_at = clock.now()
    account.save()
    pages = (
        "/stores",
        f"/stores/{store.pk}?number=402-1",
        "/stores/connect",
        "/stores/connect/app",
        "/stores/connect/website",
        "/stores/connect/files",
        "/stores/connect/failed",
        "/stores/connect?q=nothing",
        "/stores/connect/guide",
        f"/stores/connect/{account.pk}/marketplaces",
        f"/stores/connect/{account.pk}/connected",
        "/products",
        "/settings",
        "/settings/me",
        "/settings/addresses/new",
        "/nowhere",
    )
    with open_page(width=390, height=844) as page:
        page.goto("/sign-in")
        assert fits(page)
        sign_in(page)
        too_wide = [url for url in pages if not (page.goto(url) and fits(page))]
    assert too_wide == []


def test_a_store_is_made_ones_own_with_the_keyboard(open_page, tmp_path):
    member = make_member()
    store = make_store(make_account(member.workspace))
    make_order(store, buyer=Buyer(purchase_order_number="PO 4711/B"))
    logo = tmp_path / "logo.png"
    logo.write_bytes(picture(800, 200))
    with open_page() as page:
        sign_in(page)
        page.goto(f"/stores/{store.pk}?connected=1")
        page.get_by_role("heading", name="Congratulations").wait_for()

        brand = page.get_by_role("form", name="Brand")
        brand.get_by_label("Store name").fill("")
        page.keyboard.press("Enter")
        brand.get_by_text("This field is required.").wait_for()
        brand.get_by_label("Store name").fill("Iberia")
        brand.get_by_role("radio", name="Teal").focus()
        page.keyboard.press("Space")
        brand.get_by_label("Logo").set_input_files(logo)
        brand.get_by_role("button", name="Save").press("Enter")
        brand.get_by_text("Saved: Store name, Color, Logo.").wait_for()
        page.get_by_role("heading", name="Iberia").locator(".dot").wait_for()
        brand.get_by_alt_text("Logo of Iberia").evaluate("picture => picture.decode()")

        page.get_by_label("Orders no longer come in").uncheck()
        page.get_by_role("button", name="Save Notifications").press("Enter")
        page.get_by_text("Saved: Notifications.").wait_for()

        page.get_by_role("radio", name="SKU", exact=True).focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.get_by_text("Saved: Products are known by.").wait_for()

        page.get_by_label("Custom field 2").select_option("Purchase order number")
        page.get_by_label("Days of history to import").fill("91")
        page.keyboard.press("Enter")
        page.get_by_text("less than or equal to 90").wait_for()
        page.get_by_label("Days of history to import").fill("60")
        page.keyboard.press("Enter")
        page.get_by_text("Saved: Days of history to import, Custom fields.").wait_for()

        assert not page.get_by_label("Hours before the ship-by time").is_visible()
        page.get_by_label("At the carrier's first scan").check()
        page.get_by_label("Hours before the ship-by time").fill("6")
        page.keyboard.press("Enter")
        page.get_by_text("Saved: Tell Amazon that an order shipped, Hours before").wait_for()

        refill(store_id=store.pk)
        rematch(store_id=store.pk)
        page.goto("/orders")
        page.get_by_role("columnheader", name="Purchase order number").wait_for()
        page.get_by_role("cell", name="PO 4711/B").wait_for()

    store = Store.objects.get()
    assert (store.brand_color, store.product_identifier) == ("#0f8a8a", "asin")
    assert (store.feedback, store.confirm_hours_before) == ("first_scan", 6)
