"""Chasing: orders that are known by their number are fetched one by one, with getOrder's quota.

Searches and single orders have quotas of their own: both are spent at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from packbench.channels.base import Channel, ChannelOrder, SkippedOrder
from packbench.channels.counting import count_unknown
from packbench.channels.ending import end_authorization
from packbench.channels.leads import Lead
from packbench.channels.models import ImportRun, SellerAccount, Skip, Store
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    RemoteError,
    TemporaryError,
    Throttled,
)
from packbench.orders.saving import Saved, record_skips, save_orders
from packbench.products.fetching import lacks_role

log = structlog.get_logger(__name__)

JOB = "orders.chase"
AT_ONCE = 60  # orders in one go
LEAST_WAIT = timedelta(seconds=10)  # five tokens of getOrder: not a job for each of them
RETRY_AFTER = timedelta(minutes=1)
ROLE_AGAIN_AFTER = timedelta(hours=1)
MOST_TRIES = 5
ITS_OWN = ("contract", "rejected")  # a fault of one order: the others go on
SAVED_AT_ONCE = 10  # what is lost where a worker dies is fetched again
MOST_ROWS = 2000  # in one statement
IS_NEW = ("why", "rank", "ordered_at", "noted_at", "tries", "next_try_at")

Clock = Callable[[], datetime]


def note_leads(
    account: SellerAccount,
    ordered_at: Mapping[str, datetime],
    *,
    why: Lead.Why,
    rank: Lead.Rank = Lead.Rank.NEWS,
    now: datetime,
) -> None:
    """Let these orders (by number, with the time of each) be fetched, each once.

    News are fetched again even where a fetch is under way; history stands behind all else.
    """
    rows = [
        Lead(
            workspace_id=account.workspace_id,
            account=account,
            external_id=external_id,
            why=why,
            rank=rank,
            ordered_at=at,
            noted_at=now,
        )
        for external_id, at in sorted(ordered_at.items())
    ]
    if rank == Lead.Rank.NEWS:
        Lead.objects.bulk_create(
            rows,
            batch_size=MOST_ROWS,
            update_conflicts=True,
            unique_fields=["account", "external_id"],
            update_fields=IS_NEW,
        )
    else:
        Lead.objects.bulk_create(rows, batch_size=MOST_ROWS, ignore_conflicts=True)


def forget_met(account: SellerAccount, external_ids: Iterable[str]) -> None:
    """A page brought these orders. What was announced may be newer than a page, and stays."""
    met = Lead.objects.filter(account=account, external_id__in=list(external_ids))
    met.filter(rank__gt=Lead.Rank.NEWS).delete()


class Overtaken(Exception):
    """Another worker chases the account's orders by now: write nothing more."""


def chase_orders(account: SellerAccount, channel: Channel, *, clock: Clock) -> int:
    """Fetch orders that are known by number, the most urgent first, as far as the quota goes.

    Safe to run again and at once elsewhere: one worker chases an account's orders, and each is
    saved and crossed off in one transaction. Returns how many were fetched.
    """
    now = clock()
    mine = _Chase(account, channel, clock, until=now + lease())
    if not SellerAccount.objects.claim_leads(account.pk, now=now, until=mine.until):
        return 0
    try:
        return mine.fetch_all()
    except Overtaken:
        return 0


@dataclass(slots=True)
class _Chase:
    """One worker's hold on the leads of an account. `until` is its claim."""

    account: SellerAccount
    channel: Channel
    clock: Clock
    until: datetime

    def fetch_all(self) -> int:
        running = self.account.stores.filter(paused_at__isnull=True).select_related(
            "workspace__key"
        )
        stores = {store.marketplace_id: store for store in running.defer("brand_logo")}
        leads = list(self.account.leads.due(self.clock())[:AT_ONCE])
        wait, fetched = timedelta(0), 0
        try:
            for start in range(0, len(leads), SAVED_AT_ONCE):
                fetched += self._fetch(leads[start : start + SAVED_AT_ONCE], stores)
        except RemoteError as error:
            wait = self._pause_after(error)
        finally:
            self._give_back(wait)
        return fetched

    def _fetch(self, leads: list[Lead], stores: dict[str, Store]) -> int:
        """Fetch some orders, save them together. Raises what concerns all the others as well."""
        found: list[tuple[Lead, ChannelOrder]] = []
        try:
            for lead in leads:
                order = self._order_of(lead)
                if order:
                    found.append((lead, order))
        finally:
            if found:
                self._save(found, stores)
        return len(found)

    def _order_of(self, lead: Lead) -> ChannelOrder | None:
        try:
            return self.channel.fetch_order(lead.external_id)
        except NotFound:
            self._cross_off([lead])  # nobody's order: a wrong hint, or older than two years
        except (Throttled, BadCredentials):
            raise
        except RemoteError as error:
            if lacks_role(error.code):
                raise
            self._put_off(lead, error)
            if error.code not in ITS_OWN:
                raise
        return None

    @transaction.atomic
    def _save(self, found: list[tuple[Lead, ChannelOrder]], stores: dict[str, Store]) -> None:
        self._renew()
        for is_completed in (False, True):
            orders = [
                order
                for lead, order in found
                if (lead.why == Lead.Why.WITHHELD) is is_completed
                and (order.marketplace_id in stores or not self._is_paused(order.marketplace_id))
            ]
            save_orders(
                orders,
                stores,
                account=self.account,
                withheld=self.account.withheld,
                is_completed=is_completed,
                now=self.clock(),
            )
        self._cross_off([lead for lead, _ in found])

    def _is_paused(self, marketplace_id: str) -> bool:
        """Whether its store is paused: what changes meanwhile is read when it goes on."""
        return self.account.stores.filter(marketplace_id=marketplace_id).exists()

    def _cross_off(self, leads: list[Lead]) -> None:
        """Unless an order was announced again while it was on its way."""
        done = Q()
        for lead in leads:
            done |= Q(pk=lead.pk, noted_at=lead.noted_at)
        Lead.objects.filter(done).delete()

    @transaction.atomic
    def _put_off(self, lead: Lead, error: RemoteError) -> None:
        """Try this order again later; after some tries it is listed as unreadable."""
        now, is_its_own = self.clock(), error.code in ITS_OWN
        tries = lead.tries + is_its_own
        count_unknown(self.account.workspace_id, error, operation="getOrder", now=now)
        if tries >= MOST_TRIES:
            unread = SkippedOrder(lead.external_id, Skip.Reason.UNREADABLE)
            record_skips(Saved(skipped=[unread]), account=self.account, now=now)
            self._cross_off([lead])
            return
        at = now + RETRY_AFTER * 4**tries
        Lead.objects.filter(pk=lead.pk).update(tries=tries, next_try_at=at)

    def _pause_after(self, error: RemoteError) -> timedelta:
        now = self.clock()
        log.info("chase_stopped", account_id=self.account.pk, code=error.code)
        if isinstance(error, BadCredentials):
            end_authorization(self.account, error, now=now)
        if lacks_role(error.code):
            return ROLE_AGAIN_AFTER
        if isinstance(error, TemporaryError) and error.retry_after:
            return max(timedelta(seconds=error.retry_after), LEAST_WAIT)
        return RETRY_AFTER

    def _renew(self) -> None:
        until = self.clock() + lease()
        self._write(leads_claimed_until=until)
        self.until = until

    def _write(self, **fields: object) -> None:
        mine = SellerAccount.objects.filter(pk=self.account.pk, leads_claimed_until=self.until)
        if mine.update(**fields) != 1:
            raise Overtaken(self.account.pk)

    @transaction.atomic
    def _give_back(self, wait: timedelta) -> None:
        now = self.clock()
        self._write(leads_claimed_until=None, next_lead_at=now + wait)
        if wait:
            defer_once(JOB, at=now + wait, account_id=self.account.pk)
        elif self.account.leads.due(now).exists():
            defer_once(JOB, account_id=self.account.pk)
        elif _is_history_awaited(self.account):
            SellerAccount.objects.filter(pk=self.account.pk).update(next_import_at=now)
            defer_once("orders.import_account", account_id=self.account.pk)


def _is_history_awaited(account: SellerAccount) -> bool:
    """Whether an import reads pages that may be over now that all leads are crossed off."""
    reading = account.import_runs.filter(finished_at__isnull=True)
    is_reading = reading.exclude(purpose=ImportRun.Purpose.NEWS).exists()
    return is_reading and not account.leads.filter(rank__gt=Lead.Rank.NEWS).exists()
