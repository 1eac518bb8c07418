"""Two thousand forged answers of Amazon: none binds an account, keeps a token, changes a row."""

from collections import Counter

import pytest
import time_machine
from django.test import Client

from packbench.accounts.models import Member
from packbench.channels.models import Application, AuthorizationAttempt, SellerAccount, Store
from packbench.events.models import Event
from packbench.lib import clock
from tests.making import make_member, make_workspace
from tests.web.stores.consenting import agree, leave
from tests.web.stores.forging import Forger

pytestmark = pytest.mark.django_db

ALL, EVERY_DAY, SEED = 2000, 250, 20261120


def signed_in(member):
    browser = Client()
    browser.force_login(member.person, backend="packbench.accounts.backends.MemberBackend")
    browser.person_id, browser.workspace = member.person_id, member.workspace
    return browser


@pytest.fixture
def forger(workspace, sandbox):
    """A workspace with one connected account, whose owner has consents under way."""
    member = make_member(workspace)
    owner = signed_in(member)
    owner.get(agree(sandbox, leave(owner, sandbox)))
    assert SellerAccount.objects.get().seller_id == sandbox.world.seller("europe").id
    others = {
        "session": signed_in(member),
        "colleague": signed_in(make_member(workspace, "carla@example.com")),
        "stranger": signed_in(make_member(make_workspace("Elsewhere"), "otto@example.com")),
        "packer": signed_in(make_member(workspace, "pau@example.com", Member.Role.PACKER)),
        "nobody": Client(),
    }
    return Forger(SEED, sandbox, owner=owner, others=others)


def everything():
    """All that a forged answer could want to change; sealed columns as the database holds them."""
    kept = {
        model.__name__: list(model.objects.order_by("pk").values_list(*_columns(model)))
        for model in (Application, SellerAccount, Store)
    }
    kept["sealed"] = [bytes(row.refresh_token.ciphertext) for row in SellerAccount.objects.all()]
    return kept, Event.objects.count()


def _columns(model):
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if name not in ("refresh_token", "client_secret")]


def send(forged):
    with time_machine.travel(clock.now() + forged.later):
        return forged.browser.get("/stores/connect/callback", forged.query)


def try_all(forger, count):
    before, tried = everything(), Counter()
    for number in range(count):
        forged = forger.forge(number)

        answer = send(forged)

        assert answer.status_code == 302, forged.kind
        address = answer["Location"]
        assert address.startswith(("/stores/connect/failed", "/sign-in?next=/stores/connect/fail"))
        assert not {"code", "state", "selling"} & set(address.replace("_", " ").split()), address
        assert answer["Referrer-Policy"] == "no-referrer"
        tried[forged.kind] += 1
    assert everything() == before
    assert len(tried) == len(forger.kinds) >= 20
    return tried


def the_open_one_is_still_open(forger):
    """The state that was aimed at was bound to its session all along: its owner may use it."""
    assert AuthorizationAttempt.objects.filter(used_at__isnull=True).count() >= 1
    query = forger._query(forger.open_state, forger._code())
    answer = forger.owner.get("/stores/connect/callback", query)
    assert answer["Location"].startswith("/stores/sto_")
    return True


def test_forged_answers_bind_nothing(forger):
    try_all(forger, EVERY_DAY)

    assert the_open_one_is_still_open(forger)


@pytest.mark.proof
def test_two_thousand_forged_answers_bind_nothing(forger):
    tried = try_all(forger, ALL)

    assert sum(tried.values()) == ALL
    assert the_open_one_is_still_open(forger)
