"""Programs come in with keys: shown once, bounded, revocable, and on the record."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from packbench.accounts.keys import A_MINUTE
from packbench.accounts.models import ApiKey
from packbench.lib import clock
from packbench.privacy.models import Disclosure
from packbench.shipments.erasing import erase_now
from tests.making import make_account, make_order, make_store
from tests.test_privacy import everything_in_the_database

pytestmark = pytest.mark.django_db
URL = "/api/v1/orders"


@pytest.fixture
def orders(workspace):
    store = make_store(make_account(workspace))
    return [make_order(store, external_id=f"402-{number}") for number in range(3)]


@pytest.fixture
def make(owner):
    """Make a key on the settings page; returns its token."""

    def make(*scopes):
        page = owner.post(
            "/settings/api-keys", {"name": "Printer", "scopes": scopes}
        ).content.decode()
        return re.search(r'id="api-key">(pbk_[\w-]{43})<', page).group(1)

    return make


def ask(token, query=""):
    return Client().get(f"{URL}{query}", headers={"Authorization": f"Bearer {token}"})


def test_a_key_is_shown_once_and_kept_as_a_hash(owner, make, orders):
    token = make("orders:read")

    assert ask(token).status_code == 200
    page = owner.get("/settings/api-keys").content.decode()
    assert "Printer" in page
    assert token not in page
    assert token not in everything_in_the_database()
    assert ApiKey.objects.get().last_used_at is not None


def test_without_its_scope_a_key_learns_nothing_of_a_buyer(make, orders):
    answer = ask(make("orders:read"))

    said = answer.json()
    assert [order["number"] for order in said["orders"]] == ["402-0", "402-1", "402-2"]
    assert said["orders"][0]["ship_to"]["city"] == "Valencia"
    for word in ("Ferrer", "recipient", "buyer", "marketplace.amazon"):
        assert word not in answer.content.decode()
    assert not Disclosure.objects.exists()


def test_with_its_scope_each_look_is_recorded_under_the_keys_name(owner, make, orders):
    erase_now(orders[2], why="buyer", actor="test", now=clock.now())

    said = ask(make("orders:read", "buyers:read")).json()["orders"]

    assert said[0]["recipient"]["name"] == "Lucía Ferrer"
    assert (said[2]["recipient"], said[2]["buyer"], said[2]["erased"]) == (None, None, True)
    look = Disclosure.objects.get()
    key = ApiKey.objects.get()
    assert (look.actor, look.reason) == (key.pk, "api")
    assert look.order_ids == [orders[0].pk, orders[1].pk]
    shown = owner.get("/settings/privacy/looks").content.decode()
    assert "By a program, with an API key" in shown
    assert "Printer" in shown


def test_pages_follow_each_other(make, orders):
    token = make("orders:read")

    first = ask(token, "?limit=2").json()
    second = ask(token, f"?limit=2&after={first['next']}").json()

    assert [len(first["orders"]), len(second["orders"])] == [2, 1]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["?limit=0", "?limit=x", "?limit=201", "?limit=²", "?status=odd"])
def test_what_cannot_be_meant_is_refused_as_a_problem(make, query):
    answer = ask(make("orders:read"), query)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(answer.content)["status"] == 400


def test_nobody_comes_in_without_a_living_key_and_its_scope(owner, make, orders):
    token, key = make("orders:read"), ApiKey.objects.get()
    assert make("buyers:read")
    narrow = ApiKey.objects.get(scopes=["buyers:read"])
    assert narrow.scopes == ["buyers:read"]

    assert owner.get(URL).status_code == 401  # a person's session opens nothing here
    for wrong in ("", "pbk_" + "x" * 43, token[:-1], token.upper()):
        assert ask(wrong).status_code == 401
    owner.post(f"/settings/api-keys/{key.pk}/revoke")

    assert ask(token).status_code == 401
    assert "Revoked on" in owner.get("/settings/api-keys").content.decode()


def test_a_key_of_buyers_alone_reads_no_orders(make):
    assert ask(make("buyers:read")).status_code == 403


def test_a_key_opens_its_own_workspace_only(make, orders):
    make_order(make_store(make_account(seller_id="B9")), external_id="stranger")

    assert "stranger" not in ask(make("orders:read")).content.decode()


def test_too_many_calls_are_told_to_wait(make, monkeypatch):
    token, now = make("orders:read"), clock.now().replace(second=10)
    monkeypatch.setattr(clock, "now", lambda: now)
    ApiKey.objects.update(minute=int(now.timestamp()) // 60, calls=A_MINUTE - 1)

    assert ask(token).status_code == 200
    slow = ask(token)
    assert (slow.status_code, slow["Retry-After"]) == (429, "50")
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))
    assert ask(token).status_code == 200


def test_a_key_without_a_name_or_permission_is_not_made(owner):
    owner.post("/settings/api-keys", {"name": "", "scopes": ["orders:read"]})
    owner.post("/settings/api-keys", {"name": "x", "scopes": []})
    owner.post("/settings/api-keys", {"name": "x", "scopes": ["everything"]})

    assert not ApiKey.objects.exists()
