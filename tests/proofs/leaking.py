"""Break every function that a buyer's data passes, and fuzz the doors; then look what was said.

Run as a program: `python -m tests.proofs.leaking --points 0 --requests 20000` (0: every point).
Prints one JSON line. Each fault is an exception that carries the buyer's name itself.
"""

import argparse
import io
import json
import logging
import os
import random
import string
import sys
from collections import Counter
from datetime import timedelta

TAIL = "99417vkx"  # in all of them, and in no time and no number
CANARY, STREET, MAIL = f"Xanthippe{TAIL}", f"Zyzzyva{TAIL}", f"q{TAIL}"
SECRET = f"Atzr|leak-me-{TAIL}"
WORDS = (CANARY, STREET, MAIL, SECRET, TAIL)
FOLDER = f"{os.sep}packbench{os.sep}"


class Broken(Exception):
    """Says what no exception should: the worst that may be raised."""

    def __init__(self):
        super().__init__(f"{CANARY}, {STREET}, {MAIL}@marketplace.amazon.es, {SECRET}")


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
            "DJANGO_SETTINGS_MODULE": "packbench.config.settings",
        }
        import django

        django.setup()
        print(json.dumps(Proof(options).run()))


class Proof:
    def __init__(self, options):
        self.options, self.chance = options, random.Random(options.seed)
        self.log, self.leaks, self.number = io.StringIO(), [], 0
        self.shown, self.answers = Counter(), Counter()
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(self.log)

    def run(self):
        self.make_shop()
        points = sorted(self.points(), key=str)
        if self.options.points:
            points = self.chance.sample(points, min(self.options.points, len(points)))
        for point in points:
            self.flow(breaking=point)
            self.look(f"{point[0].rpartition(FOLDER)[2]}:{point[1]}")
        for _ in range(self.options.requests):
            self.fuzz()
        self.look("a fuzzed request")
        return {
            "points": len(points),
            "requests": self.options.requests,
            "pages": dict(self.shown),
            "answers": dict(self.answers),
            "log_lines": self.lines,
            "leaks": sorted(set(self.leaks)),
        }

    def make_shop(self):
        from tests.making import make_account, make_means, make_member, make_store

        self.lines = 0
        account = make_account(region="eu")
        self.store = make_store(account)
        self.means = make_means(self.store.workspace)
        self.person = make_member(self.store.workspace, "desk@example.com").person
        self.wrong = make_member(self.store.workspace, "vera@example.com", "viewer").person

    def points(self):
        """Every function of the product that the flow passes."""
        seen = set()

        def note(frame, event, _):
            if event == "call" and FOLDER in frame.f_code.co_filename:
                seen.add((frame.f_code.co_filename, frame.f_code.co_qualname))

        sys.setprofile(note)
        try:
            self.flow(breaking=None)
        finally:
            sys.setprofile(None)
        self.look("the flow itself")
        return {point for point in seen if not point[1].startswith("<")}

    def flow(self, *, breaking):
        """A buyer comes in, is shipped, looked at and erased; one function breaks on its way."""
        from django.db import connection, transaction

        with transaction.atomic():
            self.connection = connection
            sys.settrace(_breaker(breaking) if breaking else None)
            try:
                for step in (self.bring, self.ship, self.show, self.search, self.erase):
                    self.as_a_job(step)
            finally:
                sys.settrace(None)
            self.look_into_tables(breaking)
            transaction.set_rollback(True)

    def as_a_job(self, step):
        """Do it as a worker does: what it raises is logged, as Procrastinate logs it."""
        from django.db import transaction

        try:
            with transaction.atomic():
                step()
        except Exception as error:
            sys.settrace(None)
            logging.getLogger("procrastinate.worker").exception("Job ended with status: Error")
            if not isinstance(error, Broken):
                self.check(f"exception of {step.__name__}", f"{error}{error.__cause__!r}")

    def bring(self):
        from packbench.channels.base import Buyer, OrderDetails
        from packbench.orders.saving import save_orders
        from packbench.orders.weighing import weigh_products
        from tests.making import (
            ES,
            NOW,
            ItemNotes,
            make_address,
            make_channel_order,
            make_item,
        )

        self.number += 1
        item = make_item(notes=ItemNotes(gift_message=f"{CANARY} wishes"))
        order = make_channel_order(
            f"402-{self.number}",
            buyer=Buyer(name=CANARY, email=f"{MAIL}@marketplace.amazon.es", note=STREET),
            recipient=make_address(name=CANARY, line1=STREET, instructions=f"by {CANARY}"),
            details=OrderDetails(drop_off=STREET),
            items=(item,),
        )
        save_orders([order], {ES: self.store}, account=self.store.account, now=NOW)
        weigh_products(self.store.workspace, {item.sku: 300}, actor="proof", now=NOW)

    def ship(self):
        from packbench.connectors.local.carrier import LocalCarrier
        from packbench.labels.printing import print_labels
        from packbench.orders.models import Order
        from packbench.shipments.buying import buy_label
        from packbench.shipments.confirming import send_due_notices
        from packbench.shipments.models import Shipment
        from packbench.shipments.planning import plan_shipment
        from tests.making import NOW
        from tests.shipments.faking import FakeChannel

        order = Order.objects.order_by("-id").first()
        planned = plan_shipment(order, self.means, batch=None, actor="proof", now=NOW)
        shipment = Shipment.objects.with_order().get(pk=planned.pk)
        buy_label(shipment, LocalCarrier(), now=NOW)
        print_labels([shipment], format="pdf", actor="proof", now=NOW)
        print_labels([shipment], format="zpl", actor="proof", now=NOW)
        send_due_notices(self.store.account, FakeChannel(), clock=lambda: NOW)

    def show(self):
        from packbench.orders.models import Order

        order = Order.objects.order_by("-id").first()
        for address in ("/orders", f"/orders/{order.pk}", "/customers", "/settings/privacy"):
            answer = self.browser().get(address)
            self.shown[answer.status_code] += 1
            if answer.status_code >= 500:
                self.check(f"error page of {address.rstrip(order.pk)}", answer.content.decode())

    def search(self):
        self.browser().post("/orders/search", {"q": CANARY})

    def erase(self):
        from packbench.shipments.erasing import erase_slice
        from tests.making import NOW

        erase_slice(now=NOW + timedelta(days=60))

    def fuzz(self):
        """A request as nobody means it, with a buyer and a token in every place."""
        word = self.chance.choice((CANARY, STREET, SECRET, f"{MAIL}@x.example", "ord_1"))
        odd = "".join(self.chance.choices(string.printable, k=self.chance.randrange(12)))
        path = self.chance.choice(PATHS).format(word=word, odd=_quoted(odd))
        browser = self.browser(self.chance.choice((self.person, self.wrong, None)))
        fields = {self.chance.choice(FIELDS): word + odd, self.chance.choice(FIELDS): odd}
        headers = {"Authorization": f"Bearer {SECRET}", "Referer": f"http://x/{word}"}
        if self.chance.random() < 0.5:
            answer = browser.get(path, {"q": word, "after": odd}, headers=headers)
        else:
            answer = browser.post(path, fields, headers=headers)
        self.answers[answer.status_code] += 1

    def browser(self, person=...):
        from django.test import Client

        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        who = self.person if person is ... else person
        if who:
            client.force_login(who, backend="packbench.accounts.backends.MemberBackend")
        return client

    def look(self, where):
        said = self.log.getvalue()
        self.lines += said.count("\n")
        self.check(f"log after {where}", said)
        self.log.seek(0)
        self.log.truncate()

    def look_into_tables(self, breaking):
        with self.connection.cursor() as cursor:
            for table in ("events_event", "procrastinate_jobs", "accounts_mail"):
                cursor.execute(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
                self.check(f"{table} after {breaking and breaking[1]}", cursor.fetchone()[0])

    def check(self, where, text):
        found = [word for word in WORDS if word in text]
        if found and len(self.leaks) < 50:
            self.leaks.append(f"{where}: {found[0]}")


PATHS = (
    "/orders/{word}",
    "/orders",
    "/orders/search",
    "/orders/{odd}/label",
    "/customers/{word}",
    "/settings/privacy/erase",
    "/settings/people",
    "/settings/me",
    "/sign-in",
    "/sign-in/code",
    "/stores/connect/app",
    "/stores/connect/callback",
    "/stores/trace",
    "/products/{word}",
    "/api/v1/orders",
    "/{word}/{odd}",
    "/settings/api-keys",
    "/settings/privacy/archive",
)
FIELDS = ("q", "number", "email", "name", "refresh_token", "code", "username", "password", "state")


def _quoted(text):
    from urllib.parse import quote

    return quote(text, safe="")


def _breaker(point):
    def trace(frame, event, _):
        code = frame.f_code
        if event == "call" and (code.co_filename, code.co_qualname) == point:
            raise Broken
        return

    return trace


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=0)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
