"""New keys above the orders' keys, while the desk runs: nothing unreadable, nothing left behind."""

import base64
import json
import os
import random
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import SellerAccount
from packbench.channels.registry import credentials_of
from packbench.orders.models import Order
from packbench.privacy.models import DataKey, KeyDestroyed
from packbench.privacy.revealing import reveal
from packbench.privacy.rotating import (
    GRACE,
    end_replaced_key,
    follow_replaced_keys,
    replace_workspace_key,
    replaced_keys,
)
from tests.cluster import database_url
from tests.making import NOW, make_order, make_store
from tests.proofs.scratch import ROOT, scratch_database


def rotate(workspace, now=NOW):
    replace_workspace_key(workspace, now=now)
    while follow_replaced_keys(now=now + GRACE, most=2):
        continue


@pytest.mark.django_db
def test_a_new_workspace_key_opens_orders_and_secrets_and_the_old_one_is_destroyed():
    store = make_store()
    orders = [make_order(store, external_id=f"402-0000001-{n:07}") for n in range(5)]
    old = store.workspace.key

    rotate(store.workspace)

    old.refresh_from_db()
    assert old.wrapped is None
    assert not DataKey.objects.filter(parent=old).exists()
    for order in Order.objects.select_related("key__parent"):
        assert reveal(order, "recipient", order.key).name == "Lucía Ferrer"
    account = SellerAccount.objects.select_related("application", "workspace__key").get()
    assert credentials_of(account).refresh_token == "Atzr|token"
    assert credentials_of(account).client_secret == "secret"
    assert len(orders) == 5


@pytest.mark.django_db
def test_an_erased_order_stays_erased():
    store = make_store()
    order = make_order(store)
    DataKey.destroy([order.key_id], now=NOW)

    rotate(store.workspace)

    assert not DataKey.objects.get(pk=order.key_id).is_alive


@pytest.mark.django_db
def test_the_old_key_lives_while_a_worker_may_hold_it_and_then_wraps_nothing_more():
    store = make_store()
    stale = Workspace.objects.select_related("key").get(pk=store.workspace_id)
    replace_workspace_key(store.workspace, now=NOW)
    follow_replaced_keys(now=NOW)
    (old,) = replaced_keys()
    assert not end_replaced_key(old, now=NOW + GRACE / 2)

    late, _ = DataKey.make(stale.key, now=NOW)
    DataKey.keep([late])  # a worker that loaded the workspace before
    assert not end_replaced_key(old, now=NOW + GRACE)
    follow_replaced_keys(now=NOW + GRACE)

    assert DataKey.objects.get(pk=late.pk).opened()
    assert not replaced_keys()
    too_late, _ = DataKey.make(stale.key, now=NOW)
    with pytest.raises(KeyDestroyed), transaction.atomic():
        DataKey.keep([too_late])


class Desk:
    """A database of its own with many orders, and the commands as programs."""

    def __init__(self, url, home):
        self.environment = {
            **os.environ,
            "DATABASE_URL": url,
            "PACKBENCH_HOME": str(home),
            "PACKBENCH_LOG_LEVEL": "ERROR",
        }
        self.url, self.root = url, home / "keys" / "root.key"
        self.run("-m", "tests.backup.seeding", "3")

    def start(self, *words):
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def run(self, *words):
        process = self.start(*words)
        said, complained = process.communicate(timeout=600)
        assert process.returncode == 0, complained
        return said

    def ask(self, query):
        with psycopg.connect(self.url, autocommit=True) as connection:
            answer = connection.execute(query)
            return answer.fetchone()[0] if answer.description else None

    def opened(self):
        return json.loads(self.run("-m", "packbench.backup.checking"))


def kill_rotations(desk, *, kills, longest, seed):
    """Begin rotations and kill them at random moments; the last one may end."""
    chance = random.Random(seed)
    for _ in range(kills):
        process = desk.start("-m", "packbench", "rotate-keys")
        time.sleep(chance.uniform(0.8, longest))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    desk.run("-m", "packbench", "rotate-keys")


def test_the_root_key_is_replaced_under_a_running_desk_and_kills_do_not_harm(tmp_path):
    with scratch_database(database_url()) as url:
        desk = Desk(url, tmp_path)
        before, count = desk.root.read_text(), desk.opened()

        kill_rotations(desk, kills=2, longest=3, seed=1)

        assert desk.opened() == count
        assert count[0] == count[1] > 30
        assert desk.root.read_text() != before
        assert not desk.root.with_name("root.key.new").exists()
        desk.environment["PACKBENCH_ROOT_KEY"] = base64.b64encode(base64.b64decode(before)).decode()
        process = desk.start("-m", "packbench.backup.checking")
        said, _ = process.communicate()
        assert json.loads(said)[0] == 0  # nothing is left on the old one


@pytest.mark.proof
def test_a_hundred_thousand_keys_are_rotated_and_killed_twenty_times(tmp_path):
    with scratch_database(database_url()) as url:
        desk = Desk(url, tmp_path)
        desk.run("-m", "tests.privacy.many_keys", "100000")
        count = desk.ask("select count(*) from privacy_datakey where destroyed_at is null")

        kill_rotations(desk, kills=20, longest=12, seed=7)

        said = json.loads(desk.run("-m", "tests.privacy.many_keys", "check"))
        print(said)
        assert said["opened"] >= 100_000
        assert said["unreadable"] == said["below_replaced"] == 0
        assert count >= 100_000
