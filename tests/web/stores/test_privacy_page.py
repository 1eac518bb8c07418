"""Settings, Personal data: the days, what is due, what was erased, who looked."""

from datetime import timedelta

import pytest

from packbench.accounts.models import Member
from packbench.events.models import Event
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.privacy.models import DataKey, Disclosure, Retention, Sanitization, Sweep
from packbench.shipments.erasing import erase_now, sweep_due
from packbench.web import privacy_page
from tests.making import make_account, make_member, make_order, make_store, make_workspace
from tests.web.orders.conftest import browser_of

pytestmark = pytest.mark.django_db
PAGES = ("", "/erased", "/looks")
DAYS = {
    "not_shipped_days": 14,
    "delivered_days": 30,
    "shipped_days": 30,
    "labeled_days": 44,
    "untracked_days": 30,
    "backup_days": 0,
}


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def store(workspace):
    return make_store(make_account(workspace))


@pytest.fixture
def owner(workspace):
    return browser_of(make_member(workspace))


@pytest.fixture
def packer(workspace):
    return browser_of(make_member(workspace, "paco@example.com", Member.Role.PACKER))


def shown(browser, page=""):
    return browser.get(f"/settings/privacy{page}").content.decode()


def due_in(order, days):
    moment = clock.now() + timedelta(days=days)
    Order.objects.filter(pk=order.pk).update(erase_at=moment)


def test_a_fresh_desk_shows_the_policys_days_and_that_nothing_is_due(owner):
    page = shown(owner)

    for words in ("No order ends in the next 30 days.", 'value="14"', 'value="44"', "Nobody was"):
        assert words in page


def test_what_ends_in_the_next_days_is_counted_and_drawn(owner, store):
    for number, days in enumerate((1, 1, 5, 20, 29, 40)):
        due_in(make_order(store, external_id=str(number)), days)
    due_in(make_order(make_store(make_account(make_workspace("Elsewhere")))), 2)

    context = owner.get("/settings/privacy").context

    assert (context["due_week"], context["due_month"], context["overdue"]) == (3, 5, 0)
    assert sum(bar.count for bar in context["bars"]) == 5
    assert max(bar.height for bar in context["bars"]) == privacy_page.BAR_HEIGHT


def test_what_is_overdue_is_said_loudly(owner, store):
    due_in(make_order(store), -1)

    assert "1 order is overdue." in shown(owner)


def test_fewer_days_are_saved_and_the_life_of_backups_is_taken_off(owner, workspace):
    answer = owner.post("/settings/privacy", DAYS | {"not_shipped_days": 12, "backup_days": 7})

    assert answer.status_code == 302
    row = Retention.objects.get(pk=workspace.pk)
    assert (row.not_shipped_days, row.backup_days, row.reckoned_to) == (12, 7, "")
    context = owner.get("/settings/privacy").context
    in_force = [line["in_force"] for line in context["form"].lines()]
    assert in_force == [7, 23, 23, 37, 23]
    assert Event.objects.filter(name="retention.changed").count() == 1


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("not_shipped_days", "15"),
        ("labeled_days", "45"),
        ("delivered_days", "0"),
        ("untracked_days", ""),
        ("shipped_days", "x"),
        ("backup_days", "11"),
    ],
)
def test_days_beyond_the_policy_are_refused_with_what_is_allowed(owner, field, given):
    page = owner.post("/settings/privacy", DAYS | {field: given}).content.decode()

    assert "longer is not allowed" in page
    assert not Retention.objects.exists()


def test_one_order_is_erased_after_it_was_meant(owner, store):
    order = make_order(store)
    url = f"/settings/privacy/erase?number={order.external_id}"

    asked = owner.get(url).content.decode()
    unmeant = owner.post(url, {"why": "buyer"}).content.decode()
    assert "Erase the buyer's data of" in asked
    assert "Tick the box to erase the data." in unmeant
    assert not Sanitization.objects.exists()

    answer = owner.post(url, {"why": "buyer", "is_meant": "on"})

    assert answer.url == f"/orders/{order.pk}"
    assert Sanitization.objects.get().rule == "requested"
    assert "was erased" in owner.get(url).content.decode()


def test_an_unknown_number_and_another_workspaces_order_are_not_found(owner):
    other = make_order(make_store(make_account(make_workspace("Elsewhere"))))

    for number in ("402-9", other.external_id):
        page = owner.get(f"/settings/privacy/erase?number={number}", follow=True)
        assert f"No order has the number {number}." in page.content.decode()


def test_the_last_sweep_and_what_it_erased_are_shown(owner, store):
    order = make_order(store)
    DataKey.objects.filter(pk=order.key_id).update(created_at=clock.now() - timedelta(days=15))

    sweep_due(clock=clock.now)

    page = shown(owner)
    assert "Last sweep: just now" in page
    assert "1 order erased" in page
    assert order.external_id in page
    assert Sweep.objects.filter(workspace_id=store.workspace_id).count() == 1


def test_records_are_paged_and_those_of_another_workspace_are_not_there(owner, store, monkeypatch):
    monkeypatch.setattr(privacy_page, "PAGE", 2)
    for number in range(3):
        erase_now(
            make_order(store, external_id=f"402-{number}"), why="buyer", actor="x", now=clock.now()
        )
    other = make_order(make_store(make_account(make_workspace("Elsewhere"))), external_id="999-1")
    erase_now(other, why="buyer", actor="x", now=clock.now())

    first = owner.get("/settings/privacy/erased")
    second = owner.get(f"/settings/privacy/erased?after={first.context['more']}")

    numbers = [line["row"].number for page in (first, second) for line in page.context["records"]]
    assert numbers == ["402-2", "402-1", "402-0"]
    assert second.context["more"] == ""


def test_who_looked_at_which_orders_is_shown_by_name(owner, store):
    order = make_order(store)
    owner.get(f"/orders/{order.pk}")

    page = shown(owner, "/looks")

    assert "ines@example.com" in page
    assert order.external_id in page
    assert "Page of the order" in page
    assert Disclosure.objects.count() == 1


@pytest.mark.parametrize("page", [*PAGES, "/erase?number=1"])
def test_only_owners_come_in(packer, workspace, page):
    viewer = browser_of(make_member(workspace, "vera@example.com", Member.Role.VIEWER))

    for browser in (packer, viewer):
        assert browser.get(f"/settings/privacy{page}").status_code == 403
        assert browser.post(f"/settings/privacy{page}", DAYS).status_code in (403, 405)
