"""Rules, tags and customers in the browser: who may come in, and what the pages do."""

from datetime import timedelta

import pytest
from django.urls import reverse

from packbench.accounts.models import Member
from packbench.channels.base import Buyer
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.orders.tagging import save_tag, tag_orders
from packbench.privacy.models import Disclosure
from packbench.rules.actions import Action
from packbench.rules.arranging import Draft, save_rule
from packbench.rules.conditions import Condition
from packbench.rules.models import Rule, RuleRun, Tag
from packbench.shipments.erasing import erase_now
from packbench.web.rule_urls import urlpatterns
from tests.making import NOW, make_member, make_order
from tests.web.orders.conftest import browser_of

RELAY = "abc@marketplace.amazon.es"
OWNERS = {
    "rule",
    "rule_new",
    "rule_move",
    "rule_remove",
    "rule_switch",
    "tag_new",
    "tag_remove",
    "tag_save",
    "customers_file",
}
SHIPPERS = {"assign_orders", "customer_find", "rule_orders", "rules_run", "tag_orders"}
NAMES = {pattern.name: pattern for pattern in urlpatterns}


@pytest.fixture
def tag(workspace):
    return save_tag(workspace, None, name="Fragile", color="red", actor="ines", now=NOW)


def make_rule(tag, name="Spain is fragile"):
    draft = Draft(
        name=name,
        match="all",
        conditions=(Condition(field="country", op="is", values=("ES",)),),
        actions=(Action(name="add_tag", value=tag.pk),),
    )
    return save_rule(tag.workspace, None, draft, actor="ines", now=NOW)


@pytest.fixture
def ids(order, tag):
    return {
        "rule_id": make_rule(tag).pk,
        "tag_id": tag.pk,
        "customer_id": Order.objects.get(pk=order.pk).customer_id,
    }


@pytest.fixture
def packer(workspace):
    return browser_of(make_member(workspace, "pau@example.com", Member.Role.PACKER))


def url_of(name, ids):
    return reverse(name, kwargs={key: ids[key] for key in NAMES[name].pattern.converters})


def form_of(**changes):
    """What the browser sends for a rule with one condition and one action."""
    fields = {
        "do": "save",
        "name": "Gifts to Marta",
        "match": "all",
        "is_enabled": "on",
        "c-0-field": "mark",
        "c-0-op": "is",
        "c-0-values": ["gift", "custom"],
        "a-0-name": "hold",
        "a-0-text": "Ask Marta",
        "a-0-number": "2",
    }
    return {**fields, **changes}


# Doors.


def test_each_page_says_whom_it_is_for():
    assert set(NAMES) >= OWNERS | SHIPPERS


@pytest.mark.parametrize("name", [name for name in NAMES if NAMES[name].pattern.converters])
def test_rows_of_another_workspace_are_not_found(stranger, ids, name):
    answers = {ask(url_of(name, ids)).status_code for ask in (stranger.get, stranger.post)}

    assert answers <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize("name", sorted(NAMES))
def test_nobody_comes_in_without_signing_in(client, ids, name):
    for answer in (client.get(url_of(name, ids)), client.post(url_of(name, ids))):
        assert answer.status_code == 405 or answer["Location"].startswith("/sign-in")


@pytest.mark.parametrize("name", sorted(OWNERS))
def test_only_owners_change_rules_and_tags_and_take_the_file(packer, viewer, ids, name):
    for browser in (packer, viewer):
        answers = {ask(url_of(name, ids)).status_code for ask in (browser.get, browser.post)}
        assert answers <= {403, 405}


@pytest.mark.parametrize("name", sorted(SHIPPERS))
def test_viewers_change_no_order(viewer, order, ids, name):
    answer = viewer.post(url_of(name, ids), {"order": order.pk, "tag": ids["tag_id"]})

    assert answer.status_code == 403


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"customers_file"}))
def test_every_page_answers_its_owner(owner, ids, name):
    assert owner.get(url_of(name, ids)).status_code in (200, 405)


@pytest.mark.parametrize("odd", ["%00", "rul_%00", "é", "rul_' or 1=1"])
def test_what_cannot_be_an_id_is_not_found(owner, odd):
    for url in ("/rules/{}/move", "/rules/tags/{}/remove"):
        assert owner.post(url.format(odd)).status_code in (404, 405)
    assert owner.post("/orders/tag", {"order": "\0", "tag": "\0"}).status_code == 404
    assert owner.post("/orders/assign", {"order": "\0", "person": "\0"}).status_code in (302, 404)
    assert owner.post("/orders/rules", {"order": "\0"}).status_code == 302


# Rules.


def test_a_rule_is_written_and_then_carried_out(owner, store):
    answer = owner.post("/rules/new", form_of())

    rule = Rule.objects.get()
    assert answer["Location"] == "/rules"
    assert rule.conditions == [{"field": "mark", "op": "is", "values": ["gift", "custom"]}]
    assert rule.actions == [{"name": "hold", "text": "Ask Marta", "number": 2}]
    page = owner.get("/rules").content.decode()
    assert "Mark is one of Gift, Custom" in page
    assert "for 2 days “Ask Marta”" in page


def test_what_is_missing_is_said_beside_what_was_written(owner):
    page = owner.post("/rules/new", form_of(**{"c-0-values": []})).content.decode()

    assert "Condition 1: choose or write at least one value." in page
    assert 'value="Gifts to Marta"' in page
    assert not Rule.objects.exists()


def test_rows_are_added_and_taken_away_before_anything_is_saved(owner):
    more = owner.post("/rules/new", form_of(do="add_condition")).content.decode()
    less = owner.post("/rules/new", form_of(do="drop_action:0")).content.decode()

    assert "c-1-field" in more
    assert "a-0-name" not in less
    assert not Rule.objects.exists()


def test_a_field_asks_for_its_values_in_its_own_way(owner):
    bounds = owner.post("/rules/new", form_of(do="refresh", **{"c-0-field": "total"}))
    words = owner.post("/rules/new", form_of(do="refresh", **{"c-0-field": "sku"}))

    assert 'name="c-0-least"' in bounds.content.decode()
    assert 'name="c-0-currency"' in bounds.content.decode()
    assert 'name="c-0-text"' in words.content.decode()


def test_a_rule_is_tried_before_it_is_saved(owner, order):
    form = form_of(do="try", **{"c-0-field": "country", "c-0-op": "is", "c-0-text": "es, ch"})

    page = owner.post("/rules/new", form).content.decode()

    assert "Would change 1 order." in page
    assert order.external_id in page
    assert not Rule.objects.exists()
    assert Order.objects.get().held_at is None


def test_a_saved_rule_is_shown_as_it_was_written(owner, ids):
    page = owner.get(f"/rules/{ids['rule_id']}").content.decode()

    assert 'value="Spain is fragile"' in page
    assert 'value="ES"' in page


def test_rules_are_moved_switched_and_removed_by_buttons(owner, tag):
    first, second = make_rule(tag, "First"), make_rule(tag, "Second")

    owner.post(f"/rules/{second.pk}/move", {"to": "up"})
    owner.post(f"/rules/{first.pk}/switch", {"is_enabled": "no"})
    page = owner.get("/rules").content.decode()
    owner.post(f"/rules/{second.pk}/remove")

    assert page.index("Second") < page.index("First")
    assert "Switch on" in page
    assert list(Rule.objects.values_list("name", "is_enabled")) == [("First", False)]


def test_a_rehearsal_shows_the_orders_and_the_run_goes_over_all(owner, order, tag):
    make_rule(tag)

    page = owner.get("/rules/rehearsal").content.decode()
    owner.post("/rules/run")

    assert "Would change 1 order." in page
    assert "Add the tag Fragile" in page
    assert RuleRun.objects.get().finished_at is None
    assert "The rules are being asked" in owner.get("/rules").content.decode()


def test_the_order_says_which_rule_did_what(owner, store, tag):
    rule = make_rule(tag)
    order = make_order(store)

    page = owner.get(f"/orders/{order.pk}").content.decode()

    assert "Add the tag Fragile" in page
    assert f"/rules/{rule.pk}" in page
    assert "A rule was carried out." in page


def test_rules_are_asked_for_selected_orders(owner, order, tag):
    make_rule(tag)

    owner.post("/orders/rules", {"order": order.pk})

    assert Order.objects.get().tags == [tag.pk]


@pytest.mark.parametrize(
    "junk",
    [
        {"c-0-field": "nothing", "c-0-op": "like", "a-0-name": "explode"},
        {"c-0-field": "weight", "c-0-op": "between", "c-0-least": "1e999", "c-0-most": "NaN"},
        {"c-0-field": "weight", "c-0-op": "between", "c-0-least": "\0", "a-0-number": "9" * 40},
        {"name": "\0" * 90, "match": "none", "c-0-values": ["\0"], "a-0-text": "\0"},
        {"c-0-field": "sku", "c-0-text": "," * 9000},
    ],
)
def test_nonsense_in_the_form_is_refused_or_read(owner, junk):
    assert owner.post("/rules/new", form_of(**junk)).status_code in (200, 302)


@pytest.mark.parametrize("least", ["1e-9999999", "0E-9999999"])
def test_a_number_too_long_to_be_written_out_is_no_number(owner, least):
    junk = {"c-0-field": "weight", "c-0-op": "between", "c-0-least": least}

    page = owner.post("/rules/new", form_of(**junk)).content.decode()

    assert "write a number" in page
    assert not Rule.objects.exists()


# Tags.


def test_a_tag_is_made_changed_and_removed(owner, order):
    owner.post("/rules/tags/new", {"name": "Fragile", "color": "red"})
    tag = Tag.objects.get()
    form = {f"{tag.pk}-name": "Very fragile", f"{tag.pk}-color": "blue"}
    owner.post(f"/rules/tags/{tag.pk}", form)
    tag.refresh_from_db()
    assert (tag.name, tag.color) == ("Very fragile", "blue")

    tag_orders([order], tag, is_on=True, actor="ines", now=NOW)
    owner.post(f"/rules/tags/{tag.pk}/remove")

    assert not Tag.objects.exists()
    assert Order.objects.get().tags == []


def test_the_same_name_twice_is_refused_with_a_sentence(owner, tag):
    page = owner.post("/rules/tags/new", {"name": "fragile", "color": "red"}).content.decode()

    assert "There is a tag fragile already." in page


def test_an_order_is_tagged_and_given_to_somebody(owner, workspace, order, tag):
    pau = make_member(workspace, "pau@example.com", Member.Role.PACKER)

    owner.post("/orders/tag", {"order": order.pk, "tag": tag.pk, "is_on": "yes"})
    owner.post("/orders/assign", {"order": order.pk, "person": pau.person_id})

    row = Order.objects.get()
    assert (row.tags, row.assignee_id) == ([tag.pk], pau.person_id)
    page = owner.get(f"/orders/{order.pk}").content.decode()
    assert "Take off Fragile" in page
    assert "pau@example.com" in page


def test_nobody_is_assigned_who_works_elsewhere(owner, order):
    other = make_member(email="otto2@example.com")

    answer = owner.post("/orders/assign", {"order": order.pk, "person": other.person_id})

    assert answer.status_code == 404
    assert Order.objects.get().assignee_id is None


# Customers.


def test_the_list_names_customers_and_writes_down_who_looked(owner, order):
    page = owner.get("/customers").content.decode()

    assert "Lucía Ferrer" in page
    assert "€12.90" in page
    look = Disclosure.objects.get(reason="customers")
    assert (look.order_ids, look.fields) == ([order.pk], ["recipient.name"])
    assert "Customers" in owner.get("/settings/privacy/looks").content.decode()


def test_a_customers_page_shows_orders_and_that_amazon_stands_between(owner, order, ids):
    page = owner.get(f"/customers/{ids['customer_id']}").content.decode()

    assert RELAY in page
    assert "Amazon relay" in page
    assert "never for marketing" in page
    assert order.external_id in page
    assert Disclosure.objects.filter(fields=["recipient", "buyer"], reason="customers").exists()


def test_a_viewer_sees_that_there_are_customers_and_not_who(viewer, order, ids):
    pages = [viewer.get(url).content.decode() for url in ("/customers", url_of("customer", ids))]

    assert all("Ferrer" not in page and RELAY not in page for page in pages)
    assert "Your role does not show who bought." in pages[1]
    assert not Disclosure.objects.filter(reason="customers").exists()


def test_an_erased_customer_says_so_and_shows_the_place(owner, order, ids):
    erase_now(order, why="buyer", actor="ines", now=clock.now())

    pages = [owner.get(url).content.decode() for url in ("/customers", url_of("customer", ids))]

    assert all("REDACTED (Amazon)" in page and "Ferrer" not in page for page in pages)
    assert "Valencia" in pages[1]


def test_a_customer_is_found_by_an_address_that_stays_out_of_the_pages_address(owner, ids):
    found = owner.post("/customers/find", {"email": f" {RELAY.upper()} "})
    nobody = owner.post("/customers/find", {"email": "nobody@example.com"})

    assert found["Location"] == f"/customers/{ids['customer_id']}"
    assert nobody["Location"] == "/customers"


def test_customers_are_turned_page_by_page(owner, store, monkeypatch):
    monkeypatch.setattr("packbench.web.customer_list.PAGE", 2)
    for number in range(5):
        buyer = Buyer(name=f"Buyer {number}", email=f"b{number}@marketplace.amazon.es")
        placed = NOW - timedelta(days=number // 2)
        make_order(store, external_id=str(number), buyer=buyer, created_at=placed)

    seen, url = [], "/customers"
    for _ in range(3):
        context = owner.get(url).context
        seen += [line.customer.pk for line in context["lines"]]
        url = f"/customers?after={context['more']}"

    assert len(seen) == len(set(seen)) == 5
    assert context["more"] == ""


@pytest.mark.parametrize("after", ["x", "9" * 40, "-", "1-\0"])
def test_an_odd_place_in_the_list_is_no_error(owner, order, after):
    assert owner.get("/customers", {"after": after}).status_code == 200


def test_the_file_of_customers_is_a_download_without_amazons_buyers(owner, order):
    answer = owner.post("/customers/customers.csv")

    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "email,name,company,phone,city,country,store,last_order"
    ]
