"""Buyers with names that occur nowhere else are sold to, looked for in every byte, and erased.

Run as a program: `python -m tests.proofs.canaries --orders 10000 --days 60`. Prints one JSON line.
With `--in-clear` sealing is switched off: the same search must then find every one of them.
"""

import argparse
import json
import os
import secrets
import shutil
import sys
import time
from datetime import timedelta
from pathlib import Path

KEY_DAYS = 3  # that the orders' keys live in backups
PAGE = 500
DIGITS = 5
LABELED = 10  # each so manyth order gets a label


def main():
    options = _options()
    from tests.cluster import database_url
    from tests.proofs.scratch import scratch_database, scratch_home

    with scratch_home() as home, scratch_database(database_url()) as url:
        (home / "static").mkdir()
        os.environ |= {
            "DATABASE_URL": url,
            "PACKBENCH_HOME": str(home),
            "PACKBENCH_LOG_LEVEL": "DEBUG",
            "PACKBENCH_BACKUP_DAYS": "90",  # none is forgotten before it was tried
            "DJANGO_SETTINGS_MODULE": "packbench.config.settings",
        }
        said = os.dup(1)
        log = os.open(home / "desk.log", os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        import django

        django.setup()
        try:
            verdict = Proof(options, home, url).run()
        except BaseException:
            import traceback

            os.write(said, traceback.format_exc().encode())
            raise
        os.write(said, json.dumps(verdict).encode() + b"\n")


class Proof:
    def __init__(self, options, home, url):
        self.options, self.home, self.url = options, home, url
        self.began = time.time() - 1
        self.word = secrets.token_hex(6)
        self.mark = f"Zq{self.word}é"
        self.texts = (self.mark, f"q{self.word}x")

    def run(self):
        if self.options.in_clear:
            switch_sealing_off()
        self.sell()
        self.use()
        self.checkpoint()
        if self.options.in_clear:
            from tests.proofs.scanning import numbers_in_files

            numbers = numbers_in_files(self.files(), self.mark, DIGITS)
            return {"orders": self.options.orders, "found_in_clear": len(numbers)}
        live = self.search()
        readable = self.live_and_back_up()
        self.checkpoint()
        return {
            "orders": self.options.orders,
            "found_while_live": live,
            "readable_on_the_first_day": readable,
            **self.recover(),
            "found_after_erasure": self.search(),
        }

    def sell(self):
        """Import all of them, as pages of a poll bring them."""
        from packbench.orders.saving import save_orders
        from packbench.privacy.models import Retention
        from tests.making import ES, NOW, make_store

        self.store = make_store()
        Retention.objects.create(
            workspace_id=self.store.workspace_id, backup_days=KEY_DAYS, changed_at=NOW
        )
        for start in range(0, self.options.orders, PAGE):
            numbers = range(start, min(start + PAGE, self.options.orders))
            page = [self.order(number) for number in numbers]
            save_orders(page, {ES: self.store}, account=self.store.account, now=NOW)

    def order(self, number):
        from packbench.channels.base import Buyer, OrderDetails
        from tests.making import ItemNotes, make_address, make_channel_order, make_item

        def canary(what):
            return f"{self.mark}{number:0{DIGITS}}{what}"

        return make_channel_order(
            f"402-{number:07}",
            buyer=Buyer(
                name=canary("buyer"),
                email=f"q{self.word}x{number}@marketplace.amazon.es",
                company=canary("firm"),
                note=canary("note"),
            ),
            recipient=make_address(
                name=canary("name"),
                line1=canary("street"),
                line2=canary("floor"),
                instructions=canary("door"),
            ),
            details=OrderDetails(drop_off=canary("drop"), instruction=canary("where")),
            items=(
                make_item(
                    str(number),
                    notes=ItemNotes(
                        gift_message=canary("gift"),
                        customization_url=f"https://zme-caps.amazon.com/q{self.word}x{number}",
                        cancel_reason=canary("reason"),
                    ),
                ),
            ),
        )

    def use(self):
        """Labels, notices, printing, pages, searches, files, an error: what a day brings."""
        from django.test import Client

        from packbench.connectors.local.carrier import LocalCarrier
        from packbench.labels.printing import print_labels
        from packbench.orders.models import Order
        from packbench.privacy.keystore import key_store
        from packbench.shipments.buying import buy_label
        from packbench.shipments.confirming import send_due_notices
        from packbench.shipments.models import Shipment
        from packbench.shipments.planning import plan_shipment
        from tests.making import NOW, make_item, make_means, make_member, weigh_all
        from tests.shipments.faking import FakeChannel

        workspace = self.store.workspace
        weigh_all(workspace, {make_item("1").sku: 300})
        means = make_means(workspace)
        for order in Order.objects.order_by("external_id")[::LABELED]:
            planned = plan_shipment(order, means, batch=None, actor="proof", now=NOW)
            shipment = Shipment.objects.with_order().get(pk=planned.pk)
            buy_label(shipment, LocalCarrier(), now=NOW)
            print_labels([shipment], format="pdf", actor="proof", now=NOW)
            print_labels([shipment], format="zpl", actor="proof", now=NOW)
        send_due_notices(self.store.account, FakeChannel(), clock=lambda: NOW)
        client = Client(SERVER_NAME="localhost")
        client.force_login(
            make_member(workspace).person, backend="packbench.accounts.backends.MemberBackend"
        )
        some = Order.objects.order_by("id").first()
        name = f"{self.mark}{0:0{DIGITS}}name"
        for address in ("/orders", f"/orders/{some.pk}", "/customers", "/settings/privacy"):
            assert client.get(address).status_code == 200, address
        assert client.post("/customers/customers.csv").status_code == 200
        found = client.post("/orders/search", {"q": name}, follow=True)
        assert some.external_id in found.content.decode()
        assert key_store().count() == self.options.orders

    def checkpoint(self):
        """Let PostgreSQL write down what it holds in memory: dropping a database makes it so."""
        from packbench.backup.restoring import scratch_database

        with scratch_database(self.url, f"proof_checkpoint_{os.getpid()}"):
            pass

    def files(self):
        """Every file of ours, and what PostgreSQL wrote since we began."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            query = "select oid from pg_database where datname = current_database()"
            data = data_directory(self.url)
            base = data / "base" / str(connection.execute(query).fetchone()[0])
        mine = [path for path in self.home.rglob("*") if path.is_file()]
        mine += [path for path in base.rglob("*") if path.is_file()]
        others = [path for path in data.parent.rglob("*") if not path.is_relative_to(data / "base")]
        mine += [path for path in (data / "base" / "pgsql_tmp").glob("*") if path.is_file()]
        return mine + [path for path in others if self._is_new(path)]

    def _is_new(self, path):
        try:
            return path.is_file() and path.stat().st_mtime >= self.began
        except FileNotFoundError:
            return False

    def search(self):
        """Every file with a canary in it, and what a full dump in clear says."""
        from packbench.backup.programs import dumping
        from tests.proofs.scanning import found_in, found_in_files

        hits = found_in_files(self.files(), self.texts)
        with dumping(self.url, "--format=plain") as dump:
            if names := found_in(dump.read(), self.texts):
                hits["a dump of the database"] = sorted(names)
        return hits

    def live_and_back_up(self):
        """A backup each day, while what is due is erased; returns what the first one gave."""
        from packbench.backup.keeping import forget_old
        from packbench.backup.writing import write_backup
        from packbench.config.environment import read_environment
        from packbench.shipments.erasing import erase_slice
        from tests.making import NOW

        environment, readable = read_environment(), 0
        for day in range(self.options.days):
            now = NOW + timedelta(days=day)
            while erase_slice(now=now):
                continue
            backup = write_backup(environment, self.url, now=now)
            forget_old(environment, now=now)
            if not day:
                readable = self.readable(backup)
        while erase_slice(now=NOW + timedelta(days=60)):
            continue
        forget_old(environment, now=NOW + timedelta(days=60))
        return readable

    def recover(self):
        """Try each backup with every key that is left anywhere."""
        from packbench.backup.keeping import backups

        kept = backups(self.home / "backups")
        return {
            "backups": len(kept),
            "recoverable": sum(self.readable(backup) for backup in kept),
        }

    def readable(self, backup):
        """How many buyers the backup shows with the live keys, its own, and those beside it."""
        from packbench.backup.keeping import backups
        from packbench.backup.programs import run_module
        from packbench.backup.recipients import read_identity
        from packbench.backup.restoring import _load_keys, restore, scratch_database
        from packbench.privacy.keystore import KeyStore, key_store

        identity = read_identity(self.home / "keys" / "backup.key")
        folder = self.home / "recovering"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        key_store().settle()
        shutil.copy(key_store().path, folder / "keys.sqlite3")
        store = KeyStore(folder / "keys.sqlite3")
        for other in backups(self.home / "backups"):
            _load_keys(store, other, identity)
        try:
            with scratch_database(self.url, f"proof_recover_{os.getpid()}") as scratch:
                restore(backup, scratch, store, identity)
                said = run_module(scratch, "tests.proofs.recovering", self.mark, store=store.path)
        finally:
            shutil.rmtree(folder)
        return int(said)


def data_directory(url):
    """Where the private PostgreSQL of the proofs keeps its files."""
    from psycopg.conninfo import conninfo_to_dict

    from tests.cluster import HOME

    beside = Path(str(conninfo_to_dict(url).get("host", ""))).parent / "data"
    found = [path for path in (beside, HOME / "postgres" / "data") if (path / "base").is_dir()]
    assert found, "The proof reads PostgreSQL's files: run it with the private one."
    return found[0]


def switch_sealing_off():
    """The control: what should be ciphertext is what it says."""
    from packbench.privacy.sealing import OpenKey

    OpenKey.seal = lambda self, plain, *, place: plain
    OpenKey.open = lambda self, sealed, *, place: sealed


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--in-clear", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
