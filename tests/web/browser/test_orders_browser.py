"""The orders at the packing desk, in a real browser: keyboard, labels, paper, phone."""

import os
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from packbench.lib import clock
from packbench.orders.models import Order, Status
from packbench.shipments.models import Shipment
from tests.making import (
    PASSWORD,
    make_account,
    make_item,
    make_means,
    make_member,
    make_order,
    make_store,
    make_workspace,
)
from tests.web.orders.conftest import buy_all, labeled

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def workspace():
    workspace = make_workspace()
    make_means(workspace)
    make_member(workspace)
    return workspace


@pytest.fixture
def store(workspace):
    return make_store(make_account(workspace))


@pytest.fixture
def orders(store):
    """Six orders, due one after the other; their rows stand in this order."""
    due = clock.now() + timedelta(days=2)
    return [
        make_order(store, external_id=f"402-{number}", ship_by_at=due + timedelta(hours=number))
        for number in range(6)
    ]


@pytest.fixture
def open_page(chromium, live_server, workspace):
    """A signed-in page that may not complain: no script error, no broken policy."""
    person = workspace.memberships.get().person
    person.set_password(PASSWORD)
    person.save()

    @contextmanager
    def open_page(path="/orders", *, width=1440, height=900, scheme="light"):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
        )
        page = context.new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in ("error", "warning") else "",
        )
        sign_in(page)
        page.goto(path)
        yield page
        context.close()
        assert not complaints

    return open_page


def sign_in(page):
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill("ines@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def selected(page):
    return page.locator(".order-row:has(input:checked) .number").all_inner_texts()


def test_rows_are_selected_by_keyboard_and_by_range(open_page, orders):
    with open_page() as page:
        press(page, "j", "x", "j", "j", "x")
        assert selected(page) == ["402-0", "402-2"]
        assert page.get_by_text("2 selected").is_visible()
        assert page.get_by_role("button", name="Create 2 labels").is_visible()

        press(page, "Shift+ArrowDown", "Shift+ArrowDown")
        assert selected(page) == ["402-0", "402-2", "402-3", "402-4"]

        press(page, "Escape")
        assert selected(page) == []
        page.locator(".order-row input").nth(1).click()
        page.locator(".order-row input").nth(3).click(modifiers=["Shift"])
        assert selected(page) == ["402-1", "402-2", "402-3"]

        press(page, "a")
        assert len(selected(page)) == 6


def test_labels_are_created_and_printed_without_leaving_the_grid(open_page, workspace, orders):
    with open_page() as page:
        press(page, "j", "x", "j", "x", "l")
        page.get_by_role("heading", name="2 labels").wait_for()
        page.get_by_text("2 left").wait_for()
        buy_all(workspace)
        page.get_by_text("2 done").wait_for()
        page.locator(".order-row .badge", has_text="Label bought").nth(1).wait_for()

        with page.expect_popup() as opened:
            page.locator("#panel").get_by_role("button", name="Print 2 labels").click()
        opened.value.wait_for_load_state("domcontentloaded")

    assert Shipment.objects.filter(printed_at__isnull=False).count() == 2


def test_the_print_button_of_the_selection_opens_a_pdf(open_page, workspace, orders):
    labeled(orders[0])
    with open_page() as page:
        press(page, "j", "x")
        with (
            page.context.expect_event(
                "response", lambda answer: answer.url.endswith("/orders/print")
            ) as answered,
            page.expect_popup(),
        ):
            press(page, "p")
        answer = answered.value

        assert answer.headers["content-type"] == "application/pdf"
        assert "no-store" in answer.headers["cache-control"]


def test_orders_are_held_and_released_by_one_key(open_page, orders):
    with open_page() as page:
        press(page, "j", "h")
        page.get_by_text("1 order on hold.").wait_for()
        page.locator(".order-row .badge", has_text="On hold").wait_for()
        assert Order.objects.get(pk=orders[0].pk).status == Status.ON_HOLD

        press(page, "u")
        page.get_by_text("1 order released.").wait_for()

    assert Order.objects.get(pk=orders[0].pk).status == Status.AWAITING_SHIPMENT


def test_the_weight_is_set_for_what_is_selected(open_page, orders):
    with open_page() as page:
        press(page, "j", "x", "e")
        page.locator("#weigh-grams").fill("725")
        press(page, "Enter")
        page.get_by_text("1 order weighs 725 g.").wait_for()
        page.locator(".c-weight", has_text="725 g").wait_for()

    assert Order.objects.get(pk=orders[0].pk).weight_g == 725


def test_an_order_opens_beside_the_grid_and_gets_its_label(open_page, workspace, orders):
    with open_page() as page:
        press(page, "j", "Enter")
        panel = page.locator("#panel")
        panel.get_by_text("Calle de la Luna 14").wait_for()
        panel.get_by_role("button", name="Create label").click()
        page.get_by_text("Label asked for.").wait_for()
        buy_all(workspace)
        panel.get_by_role("button", name="Print label").wait_for()
        panel.get_by_role("button", name="Void…").click()
        panel.get_by_role("button", name="Void the label").click()
        page.get_by_text("Label voided.").wait_for()

        press(page, "Escape")
        assert panel.inner_html() == ""


def test_a_weight_is_mended_where_it_is_missed(open_page, store):
    make_order(store, external_id="402-9", weight_g=None, items=(make_item("9", sku="NEW"),))
    with open_page("/orders?tab=problems") as page:
        press(page, "j", "Enter")
        page.get_by_label("1 × NEW weighs").fill("640")
        page.get_by_role("button", name="Set for all its orders").click()
        page.get_by_text("NEW weighs 640 g").wait_for()
        page.locator(".order-row .ready").wait_for()

    assert Order.objects.get().problems == []


def test_filters_keep_their_state_in_the_address_and_back_works(open_page, orders):
    with open_page() as page:
        page.get_by_role("link", name="Gift").click()
        page.get_by_text("No order matches").wait_for()
        assert "mark=gift" in page.url
        page.go_back()
        page.locator(".order-row").first.wait_for()
        assert "mark" not in page.url

        press(page, "/")
        page.keyboard.type("402-3")
        press(page, "Enter")
        page.wait_for_url("**q=402-3**")
        assert page.locator(".order-row").count() == 1


def test_the_next_rows_come_by_themselves(open_page, store, monkeypatch):
    from packbench.web import grid

    monkeypatch.setattr(grid, "PAGE", 4)
    for number in range(10):
        make_order(store, external_id=f"402-{number}")
    with open_page(height=2000) as page:
        page.locator(".order-row").nth(9).wait_for()
        assert page.locator(".more-row").count() == 0


def test_keys_are_shown_and_lead_to_other_pages(open_page, orders):
    with open_page() as page:
        press(page, "?")
        assert page.get_by_role("dialog", name="Keyboard").is_visible()
        press(page, "Escape")
        assert not page.get_by_role("dialog", name="Keyboard").is_visible()
        press(page, "g", "s")
        page.wait_for_url("**/shipments")
        press(page, "g", "b")
        page.wait_for_url("**/batches")


def test_dark_is_chosen_and_remembered(open_page, orders):
    with open_page() as page:
        page.get_by_label("You and your settings").click()
        page.get_by_role("button", name="Dark").click()
        page.reload()
        assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_on_a_phone(open_page, orders, scheme):
    shipment = labeled(orders[0])
    with open_page(width=390, height=844, scheme=scheme) as page:
        for path in (
            "/orders",
            f"/orders/{orders[0].pk}",
            f"/orders/{orders[1].pk}",
            "/batches",
            f"/batches/{shipment.batch_id}",
            "/shipments",
        ):
            page.goto(path)
            widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert widths[0] <= widths[1], path


def test_all_that_match_are_selected_beyond_the_rows_on_the_screen(open_page, store, monkeypatch):
    monkeypatch.setattr("packbench.web.grid.FIRST_PAGE", 3)
    monkeypatch.setattr("packbench.web.grid.PAGE", 3)
    for number in range(40):
        make_order(store, external_id=f"402-{number:02}")
    with open_page(height=320) as page:
        press(page, "a")
        page.get_by_role("button", name="Select all that match").click()
        page.get_by_text("All 40 that match are selected").wait_for()

        press(page, "h")
        page.get_by_text("40 orders on hold.").wait_for()

    assert Order.objects.filter(status=Status.ON_HOLD).count() == 40


def test_a_name_is_searched_columns_are_moved_and_a_view_is_saved_by_keyboard(open_page, orders):
    with open_page() as page:
        press(page, "/")
        page.keyboard.type("ferrer lucía")
        press(page, "Enter")
        page.get_by_text("“ferrer lucía”").wait_for()
        assert "ferrer" not in page.url.casefold()
        assert page.locator(".order-row").count() == 6

        page.goto("/orders?tab=all")
        page.get_by_role("button", name="Columns").click()
        page.get_by_role("checkbox", name="City").check()
        page.get_by_role("button", name="Move Ship by down").click()
        page.get_by_role("button", name="Show these").click()
        page.get_by_role("columnheader", name="City").wait_for()
        heads = page.get_by_role("columnheader").all_inner_texts()
        assert [head.strip() for head in heads][1:4] == ["Order", "Items", "Ship by"]

        press(page, "f")
        page.locator(".filter-menu input[name=sku]").fill("mug")
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url("**sku=mug**")
        page.get_by_role("button", name="Save as a view").click()
        page.locator("#view-name").fill("Mugs")
        press(page, "Enter")
        page.get_by_role("link", name="Mugs").wait_for()
        assert "view=viw_" in page.url
