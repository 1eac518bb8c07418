"""Kill workers at every step while notices flow: singly, in feeds, corrected, refused.

Run as a program: `python -m tests.proofs.notices --parcels 60 --kills 100`. Prints one JSON line:
the sandbox's ledger held against what was put into the parcels.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 11, 27, 9, tzinfo=UTC)
LEASE_S = 3
TURN_S = 2.0  # seconds of the proof's clock in a round
AT_ONCE = 3
PATIENCE_ROUNDS = 4000
MOST_FAULTS = 20
STEPS = 120  # of a job: statements, commits, reads and writes of the network
LONGEST_LIFE_S = 0.1
FEED_S = 20.0
RATE = 0.2  # single calls a second: a feed is worth while


def main():
    options = _options()
    from tests.cluster import database_url
    from tests.proofs.scratch import scratch_database, scratch_home

    with scratch_home() as home, scratch_database(database_url()) as url:
        os.environ.update(
            {
                "DATABASE_URL": url,
                "PACKBENCH_HOME": str(home),
                "PACKBENCH_LEASE_S": str(LEASE_S),
                "PACKBENCH_LOG_LEVEL": "CRITICAL",
                "DJANGO_SETTINGS_MODULE": "packbench.config.settings",
            }
        )
        print(json.dumps(prove(options)))


def prove(options):
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    connection.settings_dict["OPTIONS"].pop("pool", None)  # a pool does not live through a fork
    call_command("migrate", verbosity=0)
    if options.bug:
        BUGS[options.bug]()
    from packbench_sandbox import Sandbox

    rates = {"confirmShipment": (RATE, 4.0), "getFeed": (1000.0, 1000.0)}
    with Sandbox(
        seed=options.seed,
        clock=BEGIN.timestamp(),
        orders_per_store=0,
        arrivals_per_hour=0,
        rates=rates,
    ) as sandbox:
        sandbox.feed_seconds = FEED_S
        rounds = Rounds(options, sandbox)
        rounds.run()
        return rounds.verdict()


class Rounds:
    """Round after round: children do what is due, and mostly die of it."""

    def __init__(self, options, sandbox):
        from tests.proofs.telling import Town, has_fed, without_nudges

        self.options, self.chance = options, random.Random(options.seed)
        with without_nudges():
            self.town = Town(sandbox, accounts=1)
            [self.desk] = self.town.desks
            has_fed(self.desk, FEED_S)
            self._sell(options.parcels)
        self.kills, self.faults, self.children = Counter(), 0, {}
        self.corrected = 0

    def run(self):
        from django.db import connection

        for number in range(PATIENCE_ROUNDS):
            self.town.sandbox.clock.advance(TURN_S)
            self._stir(number)
            jobs = self._due()
            connection.close()  # children open their own
            for job in jobs:
                self._send_child(job)
            self._wait_for_children(0)
            if not jobs and self._is_over():
                return
        sys.exit(f"The notices were not told in time: {self.verdict()}")

    def _sell(self, count):
        dice = random.Random(self.options.seed)
        orders = [[dice.randint(1, 3) for _ in range(dice.randint(1, 2))] for _ in range(count)]
        numbers = self.desk.sell_many(orders, ship_by_at=BEGIN + timedelta(days=5))
        self.desk.label_many([(number, None) for number in numbers])

    def _stir(self, number):
        """What comes between: faults of Amazon, tracking numbers corrected, more parcels."""
        from tests.proofs.telling import without_nudges

        faults = self.town.sandbox.faults
        if self.chance.random() < 0.15 and len(faults.armed) < 3:
            kind = self.chance.choice(["lost_answer", "503_html", "500_after", "429"])
            operation = self.chance.choice(["confirmShipment", "createFeed", "getFeed"])
            if (kind, operation) != ("429", "createFeed"):
                faults.arm(kind, operation)
        if number % 5 == 0 and sum(self.kills.values()) < self.options.kills:
            with without_nudges():
                self._sell(max(self.options.parcels // 20, 1))
                self._correct()

    def _correct(self):
        from unittest.mock import patch

        from packbench.shipments.correcting import Correction, correct_parcel
        from packbench.shipments.models import Shipment

        parcel = self.chance.choice(self.desk.parcels)
        number = f"{next(self.town.trackings):014d}"
        shipment = Shipment.objects.get(tracking_number=parcel.tracking_number)
        with patch("packbench.shipments.correcting.defer_once", lambda *_, **__: True):
            correction = Correction(number, "DPD", "Classic")
            correct_parcel(shipment, correction, actor="proof", now=self.town.now)
        parcel.tracking_number = number
        self.corrected += 1

    def _due(self):
        from packbench.shipments.models import Notice, NoticeFeed

        now, lease = self.town.now, timedelta(seconds=LEASE_S)
        feeds = NoticeFeed.objects.due(now, lease=lease).values_list("pk", flat=True)
        jobs = [("feed", pk) for pk in feeds]
        if Notice.objects.due(now, lease=lease).exists():
            jobs.append(("tell", ""))
        return jobs

    def _send_child(self, job):
        """Let a child work; sometimes two, as a late job and a sweep may."""
        for _ in range(2 if self.chance.random() < 0.1 else 1):
            self._wait_for_children(AT_ONCE - 1)
            plan = self._plan_a_death()
            pid = os.fork()
            if pid == 0:
                work(job, plan, self.desk)
            self.children[pid] = (plan, time.monotonic())

    def _plan_a_death(self):
        if sum(self.kills.values()) >= self.options.kills or self.chance.random() < 0.1:
            return None
        if self.chance.random() < 0.8:
            return ("step", self.chance.randrange(STEPS))
        return ("time", self.chance.random() * LONGEST_LIFE_S)

    def _wait_for_children(self, most):
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

    def _is_over(self):
        from packbench.shipments.models import NoticeFeed

        is_open = self.desk.open_notices().exists() or NoticeFeed.objects.open().exists()
        return not is_open and sum(self.kills.values()) >= self.options.kills

    def verdict(self):
        """What Amazon shows at the end, and whether any package was made twice."""
        from packbench.shipments.models import NoticeFeed

        world, found = self.town.sandbox.world, defaultdict(int)
        ledger = self.town.sandbox.ledger
        feeds = ledger.count("feed.created")
        made = Counter(entry["order_id"] for entry in ledger.entries("shipment.confirmed"))
        for parcel in self.desk.parcels:
            packages = list(world.state(parcel.order_number).packages.values())
            found["lost"] += not packages
            found["doubled"] += made[parcel.order_number] > 1
            for package in packages[:1]:
                items = {item["orderItemId"]: item["quantity"] for item in package["packageItems"]}
                found["wrong_items"] += items != parcel.items
                found["wrong_number"] += package["trackingNumber"] != parcel.tracking_number
        return {
            "parcels": len(self.desk.parcels),
            "kills": sum(self.kills.values()),
            "kills_by": dict(self.kills),
            "corrected": self.corrected,
            "feeds": feeds,
            "feeds_unknown": feeds - NoticeFeed.objects.exclude(remote_id="").count(),
            "edits": ledger.count("shipment.edited"),
            "refused": self.desk.open_notices().filter(status="failed").count(),
            "left_open": self.desk.open_notices().exclude(status="failed").count(),
            "faults": self.faults,
            **found,
        }


def work(job, plan, desk):
    """Do what a job does, in a process of its own. Never returns."""
    code = 1
    try:
        if plan and plan[0] == "step":
            from tests.proofs.purchases.killing import die_at

            die_at(plan[1])
        from packbench.lib.http import new_client

        desk.channel._client._http = desk.channel._http = new_client()
        kind, pk = job
        if kind == "feed":
            from packbench.shipments.feeding import carry_on
            from packbench.shipments.models import NoticeFeed

            feed = NoticeFeed.objects.select_related("account").get(pk=pk)
            carry_on(feed, desk.channel, clock=desk.town.clock)
        else:
            desk.tell()
        code = 0
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
    finally:
        os._exit(code)


def _feed_is_made_again():
    """An answer that got lost counts as nothing having happened."""
    from packbench.shipments import feeding
    from packbench.shipments.models import NoticeFeed

    def again(feed, channel, clock):
        feed.move(NoticeFeed.Status.READY, next_try_at=clock())

    feeding.STEPS[NoticeFeed.Status.CREATING] = again
    feeding.STEPS[NoticeFeed.Status.UNKNOWN] = again


def _fed_are_not_kept_apart():
    """Whoever sends single notices takes those in a feed as well."""
    from packbench.shipments.models import Notice, NoticeQuerySet

    due = NoticeQuerySet.due

    def all_due(self, now, *, lease):
        from django.db.models import Q

        fed = Q(status=Notice.Status.SENDING, feed__isnull=False)
        return due(self, now, lease=lease) | self.filter(fed).order_by("deadline_at", "id")

    NoticeQuerySet.due = all_due


def _number_is_not_learnt():
    """A correction of a fed parcel goes out under our own number."""
    from packbench.shipments import confirming

    confirming.adopt = lambda notice, packages: False


def _half_sent_is_forgotten():
    """What a dead worker left is never taken up."""
    from packbench.shipments.models import NoticeQuerySet

    due = NoticeQuerySet.due
    NoticeQuerySet.due = lambda self, now, *, lease: due(self, now, lease=timedelta(days=1000))


BUGS = {
    "feed_is_made_again": _feed_is_made_again,
    "fed_are_not_kept_apart": _fed_are_not_kept_apart,
    "number_is_not_learnt": _number_is_not_learnt,
    "half_sent_is_forgotten": _half_sent_is_forgotten,
}


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--parcels", type=int, default=60)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bug", default="", help="plant one, to see it caught")
    return parser.parse_args()


if __name__ == "__main__":
    main()
