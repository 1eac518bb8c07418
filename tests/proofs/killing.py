"""Kill the worker again and again while orders come in, labels are bought and Amazon is told.

Run as a program: `python -m tests.proofs.killing --kills 8 --seed 1`. Prints one JSON line of what
the sandbox's ledger, not our database, says at the end.
"""

import argparse
import json
import os
import random
import sys
import time
from functools import partial

PATIENCE_S = 300
LEASE_S = 3


def main():
    options = _options()
    from tests.cluster import database_url
    from tests.proofs.scratch import running_sandbox, scratch_database, scratch_home

    cluster = database_url()
    with scratch_home() as home, scratch_database(cluster) as url:
        size = str(options.orders_per_store)
        sandbox = running_sandbox(
            home / "sandbox",
            "--orders-per-store",
            size,
            "--arrivals-per-hour",
            "0",
            "--rate-scale",
            "50",
            "--commit-lag",
            "0.3",
            "--seed",
            str(options.seed),
        )
        with sandbox as address:
            environment = {
                "DATABASE_URL": url,
                "PACKBENCH_HOME": str(home),
                "PACKBENCH_SANDBOX_URL": address,
                "PACKBENCH_LEASE_S": str(LEASE_S),
                "PACKBENCH_LOG_LEVEL": "ERROR",
                "DJANGO_SETTINGS_MODULE": "packbench.config.settings",
            }
            os.environ.update(environment)
            print(json.dumps(prove(options, environment, address)))


def prove(options, environment, address):
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.connectors.linked.receiving import WebhookReceiver, serving
    from tests.proofs import selling

    with serving(WebhookReceiver()) as shop:
        workspace = selling.connect(address)
        selling.link(workspace, shop, awaits_scan=options.scans)
        kills = kill_through(options, environment, address, workspace)
        return {"kills": kills, **selling.verdict(workspace, address), **selling.heard(shop)}


def kill_through(options, environment, address, workspace):
    from tests.proofs import selling

    for operation in ("searchOrders", "buyLabel", "confirmShipment", "trackParcel"):
        selling.delay(address, operation, seconds=0.25)
    chance, kills = random.Random(options.seed), 0
    for stage in selling.stages(address, awaits_scan=options.scans):
        stage.begin(workspace)
        share = options.kills // 3
        kills += drive(
            environment, partial(stage.is_done, workspace), stage.progress, address, share, chance
        )
    return kills


def drive(environment, done, progress, address, kills, chance):
    """Start a worker, let it begin, kill it at a random moment; until the stage is done."""
    from tests.proofs.scratch import kill, start_worker

    killed, ends_at = 0, time.monotonic() + PATIENCE_S
    while not done():
        worker = start_worker(environment)
        before = progress(address)
        while progress(address) == before and not done():
            if time.monotonic() > ends_at:
                kill(worker)
                sys.exit("The stage was not done in time.")
            time.sleep(0.05)
        if killed < kills:
            time.sleep(chance.random() * 0.5)
        else:
            wait_for(done, ends_at)
        killed += not done()
        kill(worker)
    return killed


def wait_for(done, ends_at):
    while not done() and time.monotonic() < ends_at:
        time.sleep(0.1)


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders-per-store", type=int, default=12)
    parser.add_argument("--scans", action="store_true", help="tell Amazon at the first scan")
    return parser.parse_args()


if __name__ == "__main__":
    main()
