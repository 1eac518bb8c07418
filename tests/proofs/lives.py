"""Orders live through the database in simulated days, while real sweeps erase them.

Run as a program: `python -m tests.proofs.lives --orders 100000 --seed 5`. Prints one JSON line.
Each so manyth life (`--real`) goes through the verbs of a desk; the others are written in bulk,
and the clock of every one is set by the real code (`tests.proofs.living`). A sweep runs at each
step, and one second before it where an order ends there: each end is seen at its exact second.
The judge is a ledger of its own, in plain seconds, not the clock on the rows.
"""

import argparse
import json
import os
import random
import time
from bisect import bisect_left
from datetime import timedelta
from itertools import pairwise

HOUR, DAY = 3600, 86400
DAYS = 76
OUTAGES = (17, 46)  # days on which 72 hours begin without a worker
JUMPS = (9, 31, 62)  # days on which the clock is 40 days ahead for half an hour
# What a jump shows the sweeps: 40 days ahead, twice, and back. None of it may be believed.
LEAPS = (40 * DAY + 600, 40 * DAY + 1800, 2400)
DISTRUST = 2400 + HOUR  # after a jump the clock must have gone steadily for an hour


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

        django.setup()
        print(json.dumps(Proof(options).run()))


class Proof:
    def __init__(self, options):
        from tests.proofs.living import World

        chance = random.Random(options.seed)
        self.step = options.hours * HOUR
        self.lives = [Life(chance, self.step) for _ in range(options.orders)]
        self.world = World(self.lives, real=options.real)
        self.trusted, self.untrusted, self.erased = [], 0, {}
        self.began, self.sweeping, self.record = time.perf_counter(), 0.0, 0

    def run(self):
        leaps, ends = {day * DAY for day in JUMPS}, {life.end() for life in self.lives}
        distrusted_until = 0
        for second in range(0, DAYS * DAY, self.step):
            is_out = any(day * DAY <= second < (day + 3) * DAY for day in OUTAGES)
            for at in (second - 1, second) if second in ends else (second,):
                self.world.live_until(at)
                if not is_out:
                    self.sweep(at, is_trusted=at >= distrusted_until)
            if second in leaps:
                for ahead in LEAPS:
                    self.sweep(second + ahead, is_trusted=False)
                distrusted_until = second + DISTRUST
        return self.verdict()

    def sweep(self, second, *, is_trusted):
        from packbench.shipments.erasing import sweep_due
        from tests.making import NOW

        began, now = time.perf_counter(), NOW + timedelta(seconds=second)
        count = sweep_due(clock=lambda: now)
        self.sweeping += time.perf_counter() - began
        if is_trusted:
            self.trusted.append(second)
        else:
            self.untrusted += count
        if count:
            self.note(second)

    def note(self, second):
        """Which lives the newest records of erasures are of."""
        from packbench.privacy.models import Sanitization

        new = Sanitization.objects.filter(pk__gt=self.record).order_by("pk")
        for pk, order_id in new.values_list("pk", "order_id"):
            self.record = pk
            assert self.erased.setdefault(self.world.numbers[order_id], second) == second

    def verdict(self):
        from packbench.privacy.keystore import key_store
        from packbench.privacy.models import DataKey, Sanitization

        ends = [life.end() for life in self.lives]
        late = {number: second - ends[number] for number, second in self.erased.items()}
        return {
            "orders": len(ends),
            "erased": len(self.erased),
            "early": sum(seconds < 0 for seconds in late.values()),
            "at_the_second": sum(seconds == 0 for seconds in late.values()),
            "overdue": sum(second > self.due(ends[each]) for each, second in self.erased.items()),
            "erased_by_a_jump": self.untrusted,
            "records": Sanitization.objects.count(),
            "half_erased": _half_erased(),
            "keys_left": DataKey.objects.filter(destroyed_at__isnull=True).count()
            - 1
            + key_store().count(),
            "ends_by_rule": dict(_rules()),
            "real": len(self.world.real),
            "sweeps": len(self.trusted),
            "seconds": {
                **{what: round(seconds) for what, seconds in self.world.took.items()},
                "sweeps": round(self.sweeping),
                "all": round(time.perf_counter() - self.began),
            },
        }

    def due(self, end):
        """The first second after the end at which a sweep could know of it."""
        place = bisect_left(self.trusted, end)
        return self.trusted[place] if place < len(self.trusted) else -1


def _half_erased():
    from django.db import connection

    from tests.proofs.sweeping import HALF

    with connection.cursor() as cursor:
        cursor.execute(HALF)
        return cursor.fetchone()[0]


def _rules():
    from django.db.models import Count

    from packbench.privacy.models import Sanitization

    return Sanitization.objects.values_list("rule").annotate(count=Count("id")).order_by("rule")


class Life:
    """One order: what happens to it, in seconds, and its end as the guides say it."""

    WHAT = ("imported", "bought", "scanned", "delivered", "voided")

    def __init__(self, chance, step):
        def within(days):
            return chance.randrange(step, days * DAY + 1, step)

        self.imported = chance.randrange(0, 8 * DAY, step)
        self.is_tracked = chance.random() < 0.6
        self.bought = self.scanned = self.delivered = self.voided = None
        if chance.random() < 0.8:
            self.bought = self.imported + within(10)
        if self.bought is not None and self.is_tracked and chance.random() < 0.8:
            self.scanned = self.bought + within(20)
            self.delivered = self.scanned + within(5)
            if chance.random() < 0.2:
                self.scanned = None
        elif self.bought is not None and chance.random() < 0.2:
            self.voided = self.bought + within(12)

    def happenings(self):
        """What happens, in its order."""
        moments = [(at, what) for what in self.WHAT if (at := getattr(self, what)) is not None]
        assert all(one < other for (one, _), (other, _) in pairwise(moments))
        return moments

    def end(self):
        first = self.imported + 14 * DAY
        if self.bought is None:
            return first
        if self.voided is not None:
            return max(first, self.voided)
        if not self.is_tracked:
            return self.bought + 30 * DAY
        ends = [self.bought + 44 * DAY]
        ends += [at + 30 * DAY for at in (self.scanned, self.delivered) if at is not None]
        return min(ends)


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=int, default=1, help="between two steps")
    parser.add_argument("--real", type=int, default=50, help="each so manyth goes by the verbs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
