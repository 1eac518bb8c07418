"""Some thousand orders live through the database in simulated days, while sweeps erase them.

Run as a program: `python -m tests.proofs.lives --orders 3000 --seed 1`. Prints one JSON line. The
judge is a ledger of its own, in plain seconds, not the clock on the rows.
"""

import argparse
import json
import os
import random
from datetime import timedelta

DAY = 86400
STEP = 6 * 3600  # seconds between sweeps
DAYS = 75
PAGE = 500  # orders that come in at once
OUTAGES = (17, 46)  # days on which 72 hours begin without a worker
JUMPS = (9, 31, 62)  # days on which the clock is 40 days ahead for half an hour


def main():
    options = _options()
    from tests.cluster import database_url
    from tests.proofs.scratch import scratch_database, scratch_home

    with scratch_home() as home, scratch_database(database_url()) as url:
        os.environ |= {
            "DATABASE_URL": url,
            "PACKBENCH_HOME": str(home),
            "PACKBENCH_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "packbench.config.settings",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(json.dumps(prove(options)))


def prove(options):
    from packbench.orders.models import Order
    from packbench.privacy.keystore import key_store
    from packbench.privacy.models import DataKey, Sanitization
    from packbench.shipments.erasing import sweep_due
    from tests.making import NOW

    world, erased, jumped = World(random.Random(options.seed), options.orders), {}, 0
    for second in range(0, DAYS * DAY, STEP):
        now = NOW + timedelta(seconds=second)
        world.live_until(second)
        if any(day * DAY <= second < (day + 3) * DAY for day in OUTAGES):
            continue
        sweep_due(clock=lambda now=now: now)
        if second in {day * DAY for day in JUMPS}:
            jumped += jump(now)
        gone = Order.objects.filter(erased_at=now).values_list("external_id", flat=True)
        erased |= dict.fromkeys(gone, second)
    ends = {number: life.end() for number, life in world.lives.items()}
    late = {number: second - ends[number] for number, second in erased.items()}
    return {
        "orders": len(ends),
        "erased": len(erased),
        "early": sum(seconds < 0 for seconds in late.values()),
        "overdue": sum(_is_overdue(ends[number], erased[number]) for number in erased),
        "erased_by_a_jump": jumped,
        "records": Sanitization.objects.count(),
        "keys_left": DataKey.objects.filter(destroyed_at__isnull=True).count()
        - 1
        + key_store().count(),
        "ends_by_rule": dict(_rules()),
    }


def jump(now):
    """The clock leaps ahead and comes back; returns how many orders it took along."""
    from packbench.shipments.erasing import sweep_due

    leap = [now + timedelta(days=40, minutes=minutes) for minutes in (10, 30)]
    back = [now + timedelta(minutes=40), now + timedelta(minutes=101)]
    taken = sum(sweep_due(clock=lambda at=at: at) for at in (*leap, back[0]))
    sweep_due(clock=lambda: back[1])  # an hour later it is believed again
    return taken


def _is_overdue(end, second):
    """Whether there was a sweep between the end and the erasure."""
    due = -(-end // STEP) * STEP
    for day in OUTAGES:
        if day * DAY <= due < (day + 3) * DAY:
            due = (day + 3) * DAY
    return second > due


def _rules():
    from django.db.models import Count

    from packbench.privacy.models import Sanitization

    return Sanitization.objects.values_list("rule").annotate(count=Count("id")).order_by("rule")


class Life:
    """One order: what happens to it, in seconds, and its end as the guides say it."""

    def __init__(self, chance):
        self.imported = chance.randrange(4) * STEP
        self.is_tracked = chance.random() < 0.6
        self.bought = self.scanned = self.delivered = self.voided = None
        if chance.random() < 0.8:
            self.bought = self.imported + chance.randrange(1, 41) * STEP
        if self.bought is not None and self.is_tracked and chance.random() < 0.8:
            self.scanned = self.bought + chance.randrange(1, 80) * STEP
            self.delivered = self.scanned + chance.randrange(1, 20) * STEP
            if chance.random() < 0.2:
                self.scanned = None
        elif self.bought is not None and chance.random() < 0.2:
            self.voided = self.bought + chance.randrange(1, 8) * STEP

    def end(self):
        first = self.imported + 14 * DAY
        if self.bought is None:
            return first
        if self.voided is not None:
            return max(first, self.voided)
        if not self.is_tracked:
            return self.bought + 30 * DAY
        end = self.bought + 44 * DAY
        return min(
            end, *(at + 30 * DAY for at in (self.scanned, self.delivered) if at is not None), end
        )


class World:
    """Lets the lives happen in the database, step by step."""

    def __init__(self, chance, count):
        from tests.making import make_means, make_store
        from tests.shipments.faking import FakeCarrier

        self.store = make_store()
        self.means = {
            is_tracked: make_means(self.store.workspace, "tracked" if is_tracked else "standard")
            for is_tracked in (True, False)
        }
        self.lives = {f"402-{number}": Life(chance) for number in range(count)}
        self.carrier, self.next = FakeCarrier(), 0
        self.happenings = sorted(
            (at, number, what)
            for number, life in self.lives.items()
            for what in ("imported", "bought", "scanned", "delivered", "voided")
            if (at := getattr(life, what)) is not None
        )
        _track_some()

    def live_until(self, second):
        from tests.making import NOW

        while self.next < len(self.happenings) and self.happenings[self.next][0] <= second:
            at, number, what = self.happenings[self.next]
            self.next += 1
            now = NOW + timedelta(seconds=at)
            if what == "imported":
                self.imported([number, *self.others_imported(at)], now)
            else:
                getattr(self, what)(number, now)

    def others_imported(self, at):
        """The next orders that come in at the same moment: a page of them."""
        for _ in range(PAGE - 1):
            if self.next == len(self.happenings):
                return
            then, number, what = self.happenings[self.next]
            if (then, what) != (at, "imported"):
                return
            self.next += 1
            yield number

    def imported(self, numbers, now):
        from packbench.orders.models import Order
        from packbench.orders.saving import save_orders
        from tests.making import ES, make_channel_order

        page = [make_channel_order(number) for number in numbers]
        save_orders(page, {ES: self.store}, account=self.store.account, now=now)
        weighed = Order.objects.filter(external_id__in=numbers)
        weighed.update(weight_g=300, is_weight_given=True, problems=[], has_problems=False)

    def bought(self, number, now):
        from packbench.orders.models import Order
        from packbench.shipments.buying import buy_label
        from packbench.shipments.models import Shipment
        from packbench.shipments.planning import plan_shipment

        order = Order.objects.get(external_id=number)
        if order.erased_at:
            self.lives[number].bought = None
            return
        means = self.means[self.lives[number].is_tracked]
        shipment = plan_shipment(order, means, batch=None, actor="proof", now=now)
        buy_label(Shipment.objects.with_order().get(pk=shipment.pk), self.carrier, now=now)

    def scanned(self, number, now):
        self._seen(number, now, scanned_at=now)

    def delivered(self, number, now):
        self._seen(number, now, delivered_at=now)

    def _seen(self, number, now, **fields):
        from packbench.shipments.expiring import set_clock
        from packbench.shipments.models import Shipment

        for shipment in Shipment.objects.filter(order__external_id=number):
            Shipment.objects.filter(pk=shipment.pk).update(**fields)
            set_clock(shipment.order_id, now=now)

    def voided(self, number, now):
        from packbench.shipments.models import Shipment
        from packbench.shipments.voiding import void_label

        for shipment in Shipment.objects.with_order().filter(order__external_id=number):
            void_label(shipment, Taker(), actor="proof", now=now)


class Taker:
    """A carrier that takes any label back."""

    def void(self, carrier_label_id):
        pass


def _track_some():
    """The service `tracked` of the own carrier tracks; `standard` does not."""
    from packbench.carriers.base import Service
    from packbench.shipments import expiring

    expiring.service_of = lambda account, code: Service(
        code=code, name=code, channel_code="Other", has_tracking=code == "tracked"
    )


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
