"""What the buyer chose, on the page of the order, on paper and in files."""

import csv
import io
import json
from datetime import timedelta

import pytest

from packbench.lib import clock
from packbench.orders.customizations import Customization, CustomPicture
from packbench.privacy.models import Disclosure
from packbench.shipments.erasing import erase_now
from tests.making import make_order
from tests.orders.customized import LINK, make_customized

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def custom(store):
    return make_customized(store)


def page(browser, order):
    return browser.get(f"/orders/{order.pk}").content.decode()


def picture_url(order):
    return f"/orders/{order.pk}/pictures/{CustomPicture.objects.order_by('position')[0].pk}"


def test_the_page_shows_every_choice_and_the_look_is_recorded(owner, custom):
    shown = page(owner, custom)

    for words in ("Front", "Für Zoë &amp; نور ❤<br>二人で", "Dancing Script", "Cherry red",
                  'fill="#b3262e"', "4.00 EUR", "IMG_0815.JPG", LINK):  # fmt: skip
        assert words in shown, words
    assert shown.count("/pictures/") == 4  # two, each with a link to its own size
    assert "SVG" in shown
    assert "style=" not in shown
    assert "customization" in Disclosure.objects.get().fields


def test_a_picture_is_kept_by_no_cache_and_the_look_recorded(owner, custom):
    answer = owner.get(picture_url(custom))

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"RIFF")
    assert Disclosure.objects.get().fields == ["customization"]


def test_a_viewer_sees_that_there_is_one_and_no_more(viewer, custom):
    shown = page(viewer, custom)

    assert "Amazon Custom" in shown
    assert "Your role does not show what the buyer chose." in shown
    assert "Zoë" not in shown
    assert LINK not in shown
    assert "Fetch again" not in shown
    assert viewer.get(picture_url(custom)).status_code == 403
    for path in ("print", "file"):
        data = {"order": custom.pk, "format": "csv"}
        assert viewer.post(f"/orders/customizations/{path}", data).status_code == 403
    assert not Disclosure.objects.exists()


def test_strangers_find_no_picture(stranger, custom, store):
    assert stranger.get(picture_url(custom)).status_code == 404
    other = make_customized(store, "402-9")
    mixed = picture_url(custom).replace(custom.pk, other.pk)
    assert stranger.get(mixed).status_code == 404


def test_a_picture_of_another_order_is_not_found(owner, custom, store):
    other = make_customized(store, "402-9")

    assert owner.get(picture_url(custom).replace(custom.pk, other.pk)).status_code == 404


def test_after_the_erasure_nothing_is_left_of_it(owner, custom):
    url = picture_url(custom)
    erase_now(custom, why="buyer", actor="ines", now=clock.now())

    shown = page(owner, custom)

    assert "Zoë" not in shown
    assert "/pictures/" not in shown
    assert "REDACTED (Amazon)" in shown
    assert "Fetch again" not in shown
    assert owner.get(url).status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waiting", "Being fetched from Amazon"),
        ("expired", "Link expired"),
        ("failed", "Not fetched"),
    ],
)
def test_the_page_says_how_far_fetching_has_come(owner, store, state, words):
    order = make_customized(store, is_here=False)
    problem = None if state == "waiting" else {"text": "It is damaged.", "code": "x"}
    Customization.objects.update(state=state, problem=problem)

    shown = page(owner, order)

    assert words in shown
    assert ("It is damaged." in shown) == (state != "waiting")
    assert ("Fetch again" in shown) == (state != "waiting")
    assert ("every 3s" in shown) == (state == "waiting")


def test_the_page_waits_for_it_in_its_own_part(owner, store):
    order = make_customized(store, is_here=False)
    item = order.items.get()

    part = owner.get(f"/orders/{order.pk}/items/{item.pk}/customization", **HTMX)

    assert b"Being fetched" in part.content
    assert not Disclosure.objects.exists()


def test_fetching_again_puts_it_in_the_queue(owner, viewer, custom):
    url = f"/orders/{custom.pk}/items/{custom.items.get().pk}/customization/again"

    assert viewer.post(url).status_code == 403
    answer = owner.post(url, **HTMX)

    assert "being fetched" in answer["HX-Trigger"]
    assert Customization.objects.get().state == "waiting"
    assert "Für Zoë" in page(owner, custom)  # what is here stays meanwhile


def test_an_item_that_is_not_customized_is_not_fetched(owner, order):
    url = f"/orders/{order.pk}/items/{order.items.get().pk}/customization/again"

    assert "not customized" in owner.post(url, **HTMX)["HX-Trigger"]


def test_sheets_come_as_a_document_that_nobody_stores(owner, custom, order):
    data = {"order": [order.pk, custom.pk]}

    answer = owner.post("/orders/customizations/print", data)

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF")


def test_the_table_says_what_it_holds_and_runs_nothing(owner, custom):
    answer = owner.post("/orders/customizations/file", {"order": custom.pk, "format": "csv"})

    assert "personal-data" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["kind"] for row in rows] == ["text", "color", "option", "image"]
    assert {row["order_number"] for row in rows} == {custom.external_id}
    assert rows[0]["text"].startswith("Für Zoë")
    assert rows[2]["text"] == "'=1+1"
    look = Disclosure.objects.get()
    assert (look.fields, look.reason) == (["customization"], "export")


def test_the_json_says_what_it_holds(owner, custom):
    answer = owner.post("/orders/customizations/file", {"order": custom.pk, "format": "json"})

    body = json.loads(answer.content)
    assert body["contains"].startswith("Personal data")
    (item,) = body["items"]
    assert (item["quantity"], item["pictures"]) == (2, 2)
    assert item["surfaces"][0]["choices"][1] == {
        "kind": "color",
        "label": "Colour",
        "color": "#b3262e",
        "color_name": "Cherry red",
    }


@pytest.mark.parametrize("path", ["print", "file"])
def test_where_nothing_is_customized_a_sentence_says_so(owner, order, path):
    answer = owner.post(f"/orders/customizations/{path}", {"order": order.pk})

    assert answer.status_code == 409
    assert "has a customized item" in answer.content.decode()


def test_an_order_that_takes_weeks_to_make_is_shown_so_and_not_as_late(owner, store):
    now = clock.now()
    make_order(
        store,
        external_id="402-77",
        created_at=now - timedelta(days=2),
        ship_from_at=now + timedelta(days=10),
        ship_by_at=now + timedelta(days=19, hours=-1),
    )
    order = store.orders.get(external_id="402-77")

    shown = page(owner, order)
    grid = owner.get("/orders").content.decode()

    assert "Ships within 21 days of the order" in shown
    assert "Fetch the address again then" in shown
    assert "within 21 days of the order" in grid
    assert "18 days left" in grid
    assert "402-77" not in owner.get("/orders?due=overdue").content.decode()
    assert "402-77" not in owner.get("/orders?due=soon").content.decode()
