"""Kill purchases at every step, at random moments and while they are being settled.

Run as a program: `python -m tests.proofs.purchases.killing --purchases 40 --kills 100`. Prints one
JSON line: the shop's own list of sales held against our rows.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx

KINDS = ("keyed", "two_phase", "searchable", "blind")
BEGIN = datetime(2026, 11, 21, 9, tzinfo=UTC)
LEASE_S = 3
TURN_S = 0.5  # seconds of the proof's clock in a round
AT_ONCE = 4
MOST_FAULTS = 20
STEPS = 60  # of a purchase: statements, commits, reads and writes of the network
LONGEST_LIFE_S = 0.06


def main():
    options = _options()
    from tests.cluster import database_url
    from tests.proofs.purchases.shop import SharedClock, open_shop
    from tests.proofs.scratch import scratch_database, scratch_home

    with scratch_home() as home, scratch_database(database_url()) as url:
        clock = SharedClock(home / "clock")
        bad_luck = {"lag_s": options.lag, "lost": options.lost, "seed": options.seed}
        with open_shop(home / "clock", **bad_luck) as address:
            os.environ.update(
                {
                    "DATABASE_URL": url,
                    "PACKBENCH_HOME": str(home),
                    "PACKBENCH_LEASE_S": str(LEASE_S),
                    "PACKBENCH_LOG_LEVEL": "CRITICAL",
                    "DJANGO_SETTINGS_MODULE": "packbench.config.settings",
                }
            )
            print(json.dumps(prove(options, clock, address, url)))


def prove(options, clock, address, url):
    import django
    import psycopg
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    connection.settings_dict["OPTIONS"].pop("pool", None)  # a pool does not live through a fork
    call_command("migrate", verbosity=0)
    from packbench.carriers import registry

    registry.CARRIERS["proof"] = "tests.proofs.purchases.carrier.open_carrier"
    plan_purchases(options.purchases, address)
    _warm_up()
    if options.bug:
        from tests.proofs.purchases.bugs import BUGS

        BUGS[options.bug]()
    connection.close()  # children open their own
    with psycopg.connect(url, autocommit=True) as desk:
        rounds = Rounds(options, address, clock, desk)
        rounds.run()
        return rounds.verdict()


def _warm_up():
    """Load what every child needs, so that each does not load it anew."""
    from packbench.carriers import registry
    from packbench.carriers.models import CarrierAccount
    from packbench.shipments import buying, deciding, settling  # noqa: F401

    registry.open_carrier(CarrierAccount.objects.select_related("workspace__key").first())


def plan_purchases(count, address):
    """Plan the parcels, a quarter for each kind of carrier."""
    from packbench.carriers.models import CarrierAccount
    from packbench.orders.models import Order
    from packbench.orders.saving import save_orders
    from packbench.shipments.planning import Means, plan_shipment
    from tests.making import make_channel_order, make_store, make_warehouse, weigh_all

    store = make_store()
    for start in range(0, count, 100):
        page = [
            make_channel_order(f"402-{number:07d}-0000001")
            for number in range(start, min(start + 100, count))
        ]
        save_orders(page, {store.marketplace_id: store}, account=store.account, now=BEGIN)
    weigh_all(store.workspace, {"MUG-BLUE": 350}, now=BEGIN)
    warehouse = make_warehouse(store.workspace)
    accounts = [
        CarrierAccount.objects.create(
            workspace=store.workspace,
            carrier="proof",
            name=kind,
            settings={"url": address, "kind": kind},
            created_at=BEGIN,
        )
        for kind in KINDS
    ]
    for number, order in enumerate(Order.objects.order_by("external_id")):
        means = Means(accounts[number % len(KINDS)], warehouse, "standard")
        plan_shipment(order, means, batch=None, actor="proof", now=BEGIN)


WORK = """
select s.id, s.status, a.name
from shipments_shipment s join carriers_carrieraccount a on a.id = s.carrier_account_id
where (s.status = 'ready' and (s.next_try_at is null or s.next_try_at <= %(now)s))
   or (s.status = 'buying' and s.claimed_at <= %(now)s - make_interval(secs => %(lease)s))
   or (s.status = 'unknown' and s.next_try_at <= %(now)s)
order by random() limit 200
"""
DOUBTS = """
select s.id, l.id from shipments_shipment s
join shipments_label l on l.shipment_id = s.id and l.status in ('unknown', 'buying')
where s.status = 'unknown' and s.next_try_at is null
"""


class Rounds:
    """Round after round: who is due is bought or settled by a child, which mostly dies of it."""

    def __init__(self, options, address, clock, desk):
        self.options, self.address, self.clock, self.desk = options, address, clock, desk
        self.chance = random.Random(options.seed)
        self.kills = Counter()
        self.faults = 0
        self.children = {}
        self.elapsed = 0.0

    @property
    def now(self):
        return BEGIN + timedelta(seconds=self.elapsed)

    def run(self):
        for _ in range(self.options.rounds):
            self.elapsed += TURN_S
            self.clock.turn_to(self.elapsed)
            due = self.desk.execute(WORK, {"now": self.now, "lease": LEASE_S}).fetchall()
            for shipment_id, status, _ in due:
                self.send_child(shipment_id, status)
            self.wait_for_children(0)
            if not due:
                self.ask_a_person()
                if self.is_over():
                    return
        sys.exit(f"The purchases were not done in time: {self.verdict()} {self.left()}")

    def send_child(self, shipment_id, status):
        """Let a child work; sometimes two, as a late job and a sweep may."""
        twins = 2 if self.chance.random() < 0.05 else 1
        for _ in range(twins):
            self.wait_for_children(AT_ONCE - 1)
            plan = self.plan_a_death(status)
            pid = os.fork()
            if pid == 0:
                work(shipment_id, status, plan, self.now)
            self.children[pid] = (plan, time.monotonic())

    def plan_a_death(self, status):
        """When the child is to die: at a step, after a time, or never."""
        if sum(self.kills.values()) >= self.options.kills or self.chance.random() < 0.1:
            return None
        if self.chance.random() < 0.8:
            return ("step", self.chance.randrange(STEPS))
        return ("time", self.chance.random() * LONGEST_LIFE_S)

    def wait_for_children(self, most):
        while len(self.children) > most:
            for pid, (plan, begun) in list(self.children.items()):
                if plan and plan[0] == "time" and time.monotonic() - begun > plan[1]:
                    os.kill(pid, signal.SIGKILL)
                done, status = os.waitpid(pid, os.WNOHANG)
                if done:
                    del self.children[pid]
                    if os.WIFSIGNALED(status):
                        self.kills[plan[0] if plan else "?"] += 1
                    elif os.WEXITSTATUS(status):
                        self.faults += 1
                        if self.faults > MOST_FAULTS:
                            sys.exit("Too many faults of ours.")
            time.sleep(0.0005)

    def ask_a_person(self):
        """The person reads the shop's own list and says what is there."""
        doubts = self.desk.execute(DOUBTS).fetchall()
        sales = self.sales() if doubts else []
        for shipment_id, reference in doubts:
            sold = [sale for sale in sales if sale["reference"] == reference]
            pid = os.fork()
            if pid == 0:
                decide(shipment_id, sold, self.now)
            os.waitpid(pid, 0)

    def sales(self):
        return httpx.get(f"{self.address}/sales", timeout=60).json()

    def is_over(self):
        left = self.desk.execute(
            "select count(*) from shipments_shipment where status in ('ready', 'buying', 'unknown')"
        ).fetchone()[0]
        return left == 0

    def left(self):
        return self.desk.execute(
            "select a.name, s.status, s.attempts, s.next_try_at, s.problem ->> 'code', count(*)"
            " from shipments_shipment s"
            " join carriers_carrieraccount a on a.id = s.carrier_account_id"
            " where s.status <> 'purchased' group by 1, 2, 3, 4, 5 limit 20"
        ).fetchall()

    def verdict(self):
        rows = self.desk.execute(
            "select a.name, s.status, l.status, l.id, l.carrier_label_id from shipments_shipment s"
            " join carriers_carrieraccount a on a.id = s.carrier_account_id"
            " left join shipments_label l on l.shipment_id = s.id"
        ).fetchall()
        known = {row[4] for row in rows if row[2] == "purchased"}
        sales = self.sales()
        sold = Counter(sale["reference"] for sale in sales)
        paid = {sale["label_id"] for sale in sales}
        decided = "select count(*) from events_event where name = 'label.decided'"
        return {
            "purchases": self.options.purchases,
            "kills": sum(self.kills.values()),
            "kills_by": dict(self.kills),
            "sold": len(sales),
            "bought_twice": len(sales) - len(sold) + max(0, len(sales) - len(rows)),
            "paid_and_lost": len(paid - known),
            "stuck": sum(row[1] != "purchased" for row in rows),
            "labels_of_nobody": len(known - paid),
            "asked_a_person": self.desk.execute(decided).fetchone()[0],
            "faults": self.faults,
        }


def work(shipment_id, status, plan, now):
    """Do what a job does, in a process of its own. Never returns."""
    code = 1
    try:
        if plan and plan[0] == "step":
            die_at(plan[1])
        from packbench.carriers.registry import open_carrier
        from packbench.shipments.buying import buy_label
        from packbench.shipments.models import Shipment
        from packbench.shipments.settling import settle_doubt
        from packbench.shipments.status import TooLate

        shipment = Shipment.objects.with_order().get(pk=shipment_id)
        carrier = open_carrier(shipment.carrier_account)
        verb = buy_label if status == "ready" else settle_doubt
        with contextlib.suppress(TooLate):
            verb(shipment, carrier, now=now)
        code = 0
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
    finally:
        os._exit(code)


def decide(shipment_id, sold, now):
    """What the person says, on a page of the desk. Never returns."""
    try:
        from packbench.shipments.deciding import Finding, it_was_bought, it_was_not_bought
        from packbench.shipments.models import Shipment

        shipment = Shipment.objects.with_order().get(pk=shipment_id)
        if sold:
            found = Finding(f"TN-{sold[0]['label_id']}", carrier_label_id=sold[0]["label_id"])
            it_was_bought(shipment, found, actor="person", now=now)
        else:
            it_was_not_bought(shipment, actor="person", now=now)
    finally:
        os._exit(0)


def die_at(step):
    """Count statements, commits and the network's reads and writes, and die at the given one."""
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from packbench.lib.http import _Stream

    left = [step]

    def counted(does):
        def step_of(*given, **named):
            _count_down(left)
            result = does(*given, **named)
            _count_down(left)
            return result

        return step_of

    for kind, name in (
        (CursorWrapper, "execute"),
        (CursorWrapper, "executemany"),
        (BaseDatabaseWrapper, "_commit"),
        (_Stream, "read"),
        (_Stream, "write"),
    ):
        setattr(kind, name, counted(getattr(kind, name)))


def _count_down(left):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--purchases", type=int, default=40)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--lag", type=float, default=2.0, help="the shop's longest commit lag")
    parser.add_argument("--lost", type=float, default=0.05, help="the share of answers lost")
    parser.add_argument("--rounds", type=int, default=2000, help="until it counts as stuck")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bug", default="", help="plant one, to see it caught")
    return parser.parse_args()


if __name__ == "__main__":
    main()
