"""Kill two sweeping workers again and again; after each death nothing may be half erased.

Run as a program: `python -m tests.proofs.sweeping --orders 3000 --kills 40`. Prints one JSON line.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time

AT_ONCE = 25
SWEEP = f"""
import django
django.setup()
from datetime import timedelta
from packbench.shipments.erasing import erase_slice
from tests.making import NOW
while erase_slice(now=NOW + timedelta(days=20), most={AT_ONCE}):
    pass
"""
HALF = """
select count(*) from orders_order o join privacy_datakey k on k.id = o.key_id
    left join privacy_sanitization r on r.order_id = o.id
where not ((o.erased_at is null and k.destroyed_at is null and o.recipient is not null
        and r.id is null)
    or (o.erased_at is not null and k.destroyed_at is not null and o.recipient is null
        and r.id is not null))
"""


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
    from django.db import connection

    from packbench.events.models import Event
    from packbench.orders.models import Order
    from packbench.orders.saving import save_orders
    from packbench.privacy.models import Sanitization
    from tests.making import ES, NOW, make_channel_order, make_store

    store = make_store()
    orders = [make_channel_order(f"402-{number}") for number in range(options.orders)]
    save_orders(orders, {ES: store}, account=store.account, now=NOW)
    chance, kills, half = random.Random(options.seed), 0, 0
    while Order.objects.filter(erased_at__isnull=True).exists():
        before = Sanitization.objects.count()
        workers = [_start(), _start()]
        while all(worker.poll() is None for worker in workers):
            if kills < options.kills and Sanitization.objects.count() > before:
                break
            time.sleep(0.02)
        if kills < options.kills:
            time.sleep(chance.random() * 0.1)
            kills += sum(worker.poll() is None for worker in workers)
            for worker in workers:
                worker.kill()
        for worker in workers:
            worker.wait()
        with connection.cursor() as cursor:
            cursor.execute(HALF)
            half += cursor.fetchone()[0]
    return {
        "kills": kills,
        "half_erased": half,
        "left": Order.objects.filter(erased_at__isnull=True).count(),
        "records": Sanitization.objects.count(),
        "events": Event.objects.filter(name="order.erased").count(),
    }


def _start():
    return subprocess.Popen([sys.executable, "-c", SWEEP], stderr=subprocess.DEVNULL)


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
