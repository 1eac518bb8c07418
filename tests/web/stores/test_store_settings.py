"""The settings of a store: each part is saved by itself, and says so (SEED-22)."""

import io
import re

import pytest
from PIL import Image

from packbench.channels.branding import COLORS
from packbench.channels.connecting import add_file_store
from packbench.channels.models import SellerAccount, Store
from packbench.events.models import Event
from packbench.lib import clock
from packbench.lib.postal.findings import BLOCKING
from tests.making import DE, make_account, make_store, make_warehouse
from tests.web.stores import picturing
from tests.web.stores.consenting import text_of
from tests.web.stores.picturing import picture, upload

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
BRAND = {"name": "Amazon ES"}
ORDERS = {"history_days": "30"}
# Not to be chosen.
OURS = {"backfilled_at", "slots_filled_to", "products_matched_to", "addresses_judged_to"}
ALL = {
    "brand": BRAND,
    "notifications": {},
    "products": {
        "product_identifier": "sku",
        "has_weights": "on",
        "has_default_weights": "on",
    },
    "orders": ORDERS,
    "addresses": {"address_checks": [check.value for check in BLOCKING]},
    "telling": {"feedback": "label_created", "confirm_hours_before": "4"},
}


@pytest.fixture
def store(workspace):
    return make_store(make_account(workspace))


@pytest.fixture
def shop(workspace):
    """A store that lives on files."""
    return add_file_store(workspace, DE, name="Laden", actor="test", now=clock.now())


@pytest.fixture
def queued(monkeypatch):
    """The jobs that were asked for."""
    asked = []
    monkeypatch.setattr(
        "packbench.channels.settling.defer_once",
        lambda name, **arguments: asked.append((name, arguments)),
    )
    return asked


def save(browser, store, part, _headers=None, **changes):
    url = f"/stores/{store.pk}/settings/{part}"
    return browser.post(url, {**ALL[part], **changes}, headers=_headers or HTMX)


def fields_changed():
    return [event.data["fields"] for event in Event.objects.filter(name="store.changed")]


def parts_shown(page):
    return re.findall(r'class="card store-part" id="(\w+)"', page)


def test_the_page_begins_with_brand_notifications_and_products(owner, store):
    page = text_of(owner.get(f"/stores/{store.pk}"))

    parts = ["brand", "notifications", "products", "orders", "addresses", "telling"]
    assert parts_shown(page) == parts
    assert page.index('id="brand"') < page.index('id="skipped"') < page.index('id="log"')


@pytest.mark.parametrize(
    ("part", "changes", "said"),
    [
        ("brand", {"name": "Iberia", "brand_color": "#0f8a8a"}, "Saved: Store name, Color."),
        ("brand", {"brand_name": "Casa", "brand_email": "a@b.es"}, "Brand name, Sender of e-mails"),
        ("notifications", {"notifications": ["import_stopped"]}, "Saved: Notifications."),
        ("products", {"product_identifier": "asin"}, "Saved: Products are known by."),
        ("products", {"has_weights": ""}, "Saved: Import weights from Amazon."),
        ("orders", {"history_days": "7"}, "Saved: Days of history to import."),
        ("orders", {"has_amazon_fulfilled": "on"}, "Saved: Import Amazon-fulfilled orders."),
        ("orders", {"custom_field2": "order_number"}, "Saved: Custom fields."),
        ("addresses", {"address_checks": ["po_box", "parts"]}, "Saved: Checks of addresses."),
        ("addresses", {"romanizes": "on"}, "Saved: Romanize Japanese addresses by itself."),
        ("telling", {"feedback": "none"}, "Saved: Tell Amazon that an order shipped."),
        ("telling", {"feedback": "first_scan", "confirm_hours_before": "9"}, "Hours before"),
    ],
)
def test_a_part_is_saved_by_itself_and_says_what_was_saved(
    owner, store, queued, part, changes, said
):
    before = Store.objects.values().get()

    answer = text_of(save(owner, store, part, **changes))

    after = Store.objects.values().get()
    changed = {name for name in after if after[name] != before[name]} - OURS
    assert said in answer
    assert parts_shown(answer) == [part]
    assert [set(fields) for fields in fields_changed()] == [changed]
    assert len(changed) >= 1


def test_what_was_saved_is_what_the_store_has(owner, store, queued):
    save(owner, store, "notifications", notifications=["notice_refused", "authorization"])
    save(owner, store, "orders", custom_field1="service_level", custom_field3="business_order")
    save(owner, store, "telling", feedback="first_scan", confirm_hours_before="12")

    store = Store.objects.get()
    assert store.notifications == ["authorization", "notice_refused"]
    assert store.slots == ["service_level", "", "business_order"]
    assert (store.feedback, store.confirm_hours_before) == ("first_scan", 12)


@pytest.mark.parametrize("part", ALL)
def test_saving_what_is_there_changes_nothing(owner, store, queued, part):
    everything = {"notifications": Store.Notification.values} if part == "notifications" else {}

    answer = text_of(save(owner, store, part, **everything))

    assert "Nothing was changed." in answer
    assert (fields_changed(), queued) == ([], [])


@pytest.mark.parametrize(
    ("part", "changes", "mistake"),
    [
        ("brand", {"name": ""}, "This field is required."),
        ("brand", {"name": "x" * 61}, "at most 60 characters"),
        ("brand", {"brand_email": "nobody"}, "Enter a valid email address."),
        ("brand", {"brand_color": "#000000"}, "Select a valid choice."),
        ("notifications", {"notifications": ["football"]}, "Select a valid choice."),
        ("products", {"product_identifier": "ean"}, "Select a valid choice."),
        ("addresses", {"address_checks": ["weather"]}, "Select a valid choice."),
        ("orders", {"history_days": "0"}, "greater than or equal to 1"),
        ("orders", {"history_days": "91"}, "less than or equal to 90"),
        ("orders", {"history_days": "x"}, "Enter a whole number."),
        ("orders", {"history_days": ""}, "This field is required."),
        ("orders", {"custom_field1": "buyer_name"}, "Select a valid choice."),
        (
            "orders",
            {"custom_field1": "order_number", "custom_field3": "order_number"},
            "Another field holds this already.",
        ),
        ("telling", {"feedback": "tomorrow"}, "Select a valid choice."),
        ("telling", {"feedback": "first_scan", "confirm_hours_before": ""}, "Enter the hours."),
        ("telling", {"feedback": "first_scan", "confirm_hours_before": "73"}, "equal to 72"),
    ],
)
def test_a_mistake_is_shown_in_its_part_and_nothing_is_saved(
    owner, store, queued, part, changes, mistake
):
    before = Store.objects.values().get()

    by_htmx = text_of(save(owner, store, part, **changes))
    by_page = text_of(save(owner, store, part, {"Accept": "text/html"}, **changes))

    for page in (by_htmx, by_page):
        assert mistake in re.search(r'<ul class="errorlist".*?</ul>', page, re.DOTALL).group()
    assert len(parts_shown(by_page)) == 6
    assert Store.objects.values().get() == before
    assert (fields_changed(), queued) == ([], [])


def test_a_taken_name_is_refused_beside_the_name(owner, store):
    make_store(store.account, DE, "Amazon DE")

    answer = text_of(save(owner, store, "brand", name="Amazon DE"))

    assert "There is a store named “Amazon DE” already" in answer
    assert 'class="field has-error"' in answer


def test_without_script_the_page_comes_back_with_what_was_saved(owner, store):
    answer = save(owner, store, "brand", {"Accept": "text/html"}, name="Iberia")

    assert answer["Location"] == f"/stores/{store.pk}#brand"
    assert "Saved: Store name." in text_of(owner.get(f"/stores/{store.pk}"))


@pytest.mark.parametrize("more", [{"history_days": "60"}, {"has_amazon_fulfilled": "on"}])
def test_wanting_more_history_reads_it_again(owner, store, queued, more):
    Store.objects.update(backfilled_at=clock.now())

    save(owner, store, "orders", **more)

    store.refresh_from_db()
    assert store.backfilled_at is None
    assert queued == [("orders.import_account", {"account_id": store.account_id})]


def test_hours_that_do_not_count_are_left_alone(owner, store):
    save(owner, store, "telling", feedback="none", confirm_hours_before="x")

    store.refresh_from_db()
    assert (store.feedback, store.confirm_hours_before) == ("none", 4)


def test_orders_follow_custom_fields_and_identifier_by_a_job(owner, store, queued):
    save(owner, store, "orders", custom_field1="order_number")
    save(owner, store, "products", product_identifier="asin")

    wanted = {"store_id": store.pk}
    assert queued == [("orders.refill_slots", wanted), ("orders.rematch_products", wanted)]


@pytest.mark.parametrize("part", ALL)
def test_who_is_no_owner_sees_no_form_and_changes_nothing(viewer, packer, store, part):
    for browser in (viewer, packer):
        assert save(browser, store, part).status_code == 403
        assert parts_shown(text_of(browser.get(f"/stores/{store.pk}"))) == []


def test_an_unknown_part_is_not_found(owner, store, shop):
    assert owner.post(f"/stores/{store.pk}/settings/secrets").status_code == 404
    assert owner.post(f"/stores/{shop.pk}/settings/notifications").status_code == 404


def test_a_store_of_files_shows_only_what_it_has(owner, shop, queued):
    page = text_of(owner.get(f"/stores/{shop.pk}"))

    assert parts_shown(page) == ["brand", "products", "orders", "addresses", "telling"]
    for name in ("history_days", "has_weights", "has_amazon_fulfilled", "confirm_hours_before"):
        assert f'name="{name}"' not in page
    for value in ("first_scan", "seller_order_id"):
        assert f'value="{value}"' not in page

    owner.post(f"/stores/{shop.pk}/settings/products", {"product_identifier": "asin"})
    owner.post(f"/stores/{shop.pk}/settings/orders", {"custom_field1": "order_number"})
    owner.post(f"/stores/{shop.pk}/settings/telling", {"feedback": "none"})
    shop.refresh_from_db()
    assert (shop.product_identifier, shop.has_weights, shop.history_days) == ("asin", True, 30)
    assert (shop.slots[0], shop.feedback) == ("order_number", "none")


def test_a_new_store_is_welcomed_with_what_comes_next(owner, packer, store, workspace):
    url = f"/stores/{store.pk}?connected=1"

    page = text_of(owner.get(url))

    assert "Congratulations! Your Amazon account is now connected" in page
    assert "Ship-from address" in page
    assert ">Missing<" in page.replace("</svg>", ">")
    make_warehouse(workspace)
    assert ">Missing<" not in text_of(owner.get(url)).replace("</svg>", ">")
    assert "Congratulations" not in text_of(owner.get(f"/stores/{store.pk}"))
    assert "Congratulations" not in text_of(packer.get(url))


def test_the_color_marks_the_store_in_lists_and_in_the_filter(owner, store):
    make_store(store.account, DE, "Amazon DE")

    answer = text_of(save(owner, store, "brand", brand_color="#cf4a96"))

    dot = '<span class="dot color-pink" aria-hidden="true"></span>'
    assert dot in answer  # the heading of the page follows
    assert dot in text_of(owner.get("/stores"))
    assert f'{dot}<span class="truncate grow">Amazon ES</span>' in text_of(owner.get("/orders"))


def test_every_color_stands_out_from_every_surface():
    tokens = (picturing.STATIC / "tokens.css").read_text()
    surfaces = re.findall(r"--(?:page|surface|surface-2|accent-soft): (#\w{6});", tokens)
    styles = (picturing.STATIC / "base.css").read_text()

    assert len(surfaces) == 12
    for color, (name, _word) in COLORS.items():
        assert f".color-{name} {{ --color: {color}; }}" in styles
        assert min(contrast(color, surface) for surface in surfaces) >= 3  # WCAG 1.4.11


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    parts = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_made_anew_and_served_as_a_picture(owner, viewer, store, kind):
    answer = text_of(save(owner, store, "brand", logo=upload(picture(1200, 300, kind))))

    address = re.search(rf"/stores/{store.pk}/logo\?v=\w+", answer).group()
    served = viewer.get(address)
    logo = Image.open(io.BytesIO(served.content))
    assert (logo.format, logo.size, logo.info) == ("PNG", (600, 150), {})
    assert served["Content-Type"] == "image/png"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "private" in served["Cache-Control"]
    assert "immutable" in served["Cache-Control"]
    assert fields_changed() == [["brand_logo"]]
    for page in ("/stores", f"/stores/{store.pk}"):
        assert address in text_of(viewer.get(page))


def test_a_logo_that_the_browser_has_is_not_sent_again(owner, store):
    save(owner, store, "brand", logo=upload(picture()))
    url = f"/stores/{store.pk}/logo"
    etag = owner.get(url)["ETag"]

    again = owner.get(url, headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in owner.get(url)["Cache-Control"]


def test_nothing_of_the_upload_is_kept_but_its_pixels(owner, store):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Taken at home"  # lies on its side; a description
    content = picture(90, 300, "JPEG", exif=exif, icc_profile=b"a profile" * 40)

    save(owner, store, "brand", logo=upload(content + b"<script>alert(1)</script>"))

    logo = bytes(Store.objects.get().brand_logo)
    kept = Image.open(io.BytesIO(logo))
    assert (kept.size, kept.info) == ((300, 90), {})
    assert b"Taken" not in logo
    assert b"script" not in logo


def test_a_heavy_logo_becomes_a_light_one(owner, store):
    save(owner, store, "brand", logo=upload(picturing.noise()))

    assert len(Store.objects.get().brand_logo) < 150_000


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (picturing.SVG, "This is no PNG, JPEG or WebP picture."),
        (picturing.HTML, "This is no PNG, JPEG or WebP picture."),
        (picture(kind="GIF"), "This is no PNG, JPEG or WebP picture."),
        (b"", "This is no PNG, JPEG or WebP picture."),
        (picturing.noise()[:2000], "The picture is damaged or incomplete."),
        (picturing.noise(kind="JPEG")[:2000], "The picture is damaged or incomplete."),
        (picturing.bomb(60_000, 60_000), "more than 16 million pixels"),
        (picturing.bomb(5_000, 5_000), "more than 16 million pixels"),
        (picturing.webp_bomb(), "more than 16 million pixels"),
        (picturing.with_text_bomb(), "This is no PNG, JPEG or WebP picture."),
        (bytes(2 * 1024 * 1024 + 1), "The logo is larger than 2 MB."),
    ],
    ids=[
        "svg",
        "html",
        "gif",
        "empty",
        "half a png",
        "half a jpeg",
        "bomb",
        "small bomb",
        "webp bomb",
        "text bomb",
        "large",
    ],
)
def test_a_hostile_logo_is_refused_with_a_sentence(owner, store, content, mistake):
    answer = text_of(save(owner, store, "brand", logo=upload(content), brand_name="Casa"))

    assert mistake in answer
    assert 'value="Casa"' in answer  # what was typed beside it stays
    assert Store.objects.get().brand_logo is None
    assert owner.get(f"/stores/{store.pk}/logo").status_code == 404


def test_a_logo_stays_until_it_is_removed(owner, store):
    save(owner, store, "brand", logo=upload(picture()))

    save(owner, store, "brand", brand_name="Casa Marina")
    assert Store.objects.get().brand_logo

    answer = text_of(save(owner, store, "brand", brand_name="Casa Marina", removes_logo="on"))
    assert "Saved: Logo." in answer
    assert Store.objects.get().brand_logo is None


def test_a_logo_of_another_workspace_is_not_found(owner, stranger, store):
    save(owner, store, "brand", logo=upload(picture()))

    assert stranger.get(f"/stores/{store.pk}/logo").status_code == 404


def test_the_account_and_what_explains_a_missing_order_are_linked(owner, store):
    page = text_of(owner.get(f"/stores/{store.pk}"))

    assert 'action="/stores/trace"' in page
    assert SellerAccount.objects.get().pk in page
