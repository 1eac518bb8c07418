"""Listening: what Amazon announces in the seller's own queue is fetched, order by order.

An announcement is a hint that an order changed, and nothing of its content is believed. Polls go
on as if there were none: whatever gets lost on the way comes with the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from packbench.channels.base import ChangeQueue, Hint
from packbench.channels.leads import HintQueue, Lead
from packbench.channels.models import SellerAccount, sentence_json
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import RemoteError, TemporaryError
from packbench.orders.chasing import JOB as CHASE_JOB
from packbench.orders.chasing import note_leads

log = structlog.get_logger(__name__)

JOB = "orders.listen"
LISTENS_EVERY = timedelta(seconds=20)
MOST_ROUNDS = 10  # of ten messages each, in one go
MOST_WAITING = 5000  # hints of an account at once: the rest stays in the queue meanwhile
RETRY_AFTER = timedelta(minutes=1)
REFUSED_AGAIN_AFTER = timedelta(minutes=30)

Clock = Callable[[], datetime]
Opener = Callable[[HintQueue], ChangeQueue]


def due_queues(*, now: datetime) -> list[str]:
    """The queues of active accounts that are to be read again, the longest unread first."""
    rows = _free(now).filter(next_read_at__lte=now, account__status=SellerAccount.Status.ACTIVE)
    return list(rows.order_by("next_read_at", "id").values_list("id", flat=True)[:1000])


def listen(queue_id: str, open_queue: Opener, *, clock: Clock) -> int:
    """Take what the queue holds; return how many orders are to be fetched for it.

    Safe to run again and at once elsewhere: one worker reads a queue, and a message is deleted
    only after its order is noted. One that is received twice is noted twice and fetched once.
    """
    now = clock()
    until = now + lease()
    if _free(now).filter(pk=queue_id).update(claimed_until=until) != 1:
        return 0
    queue = HintQueue.objects.select_related("account", "workspace__key").get(pk=queue_id)
    mine = _Listening(queue, clock, until)
    try:
        return mine.take_all(open_queue(queue))
    except RemoteError as error:
        mine.stop_at(error)
        return mine.heard


@dataclass(slots=True)
class _Listening:
    """One worker's hold on a queue. `until` is its claim."""

    row: HintQueue
    clock: Clock
    until: datetime
    heard: int = 0

    def take_all(self, source: ChangeQueue) -> int:
        is_empty = False
        for _ in range(MOST_ROUNDS):
            if self._is_full():
                is_empty = True  # as good as: there is no room for more
                break
            hints = source.receive()
            if not hints:
                is_empty = True
                break
            self._note(hints)
            source.delete(hints)
        now = self.clock()
        wait = LISTENS_EVERY if is_empty else timedelta(0)
        self._write(claimed_until=None, next_read_at=now + wait, read_at=now, error=None)
        return self.heard

    def stop_at(self, error: RemoteError) -> None:
        now = self.clock()
        is_passing = isinstance(error, TemporaryError)
        wait = RETRY_AFTER if is_passing else REFUSED_AGAIN_AFTER
        log.info("listening_stopped", account_id=self.row.account_id, code=error.code)
        self._write(claimed_until=None, next_read_at=now + wait, error=sentence_json(error))

    @transaction.atomic
    def _note(self, hints: tuple[Hint, ...]) -> None:
        now = self.clock()
        for account in self._accounts(hints):
            numbers = {hint.order_id for hint in hints if hint.seller_id == account.seller_id}
            note_leads(account, dict.fromkeys(numbers, now), why=Lead.Why.HINT, now=now)
            defer_once(CHASE_JOB, account_id=account.pk)
            self.heard += len(numbers)
        heard = sum(1 for hint in hints if hint.order_id)
        if heard:
            self._write(heard_at=now, heard_count=F("heard_count") + heard)

    def _accounts(self, hints: tuple[Hint, ...]) -> list[SellerAccount]:
        """Whom the messages are about: one queue may serve all accounts of a workspace."""
        named = {hint.seller_id for hint in hints if hint.order_id}
        accounts = SellerAccount.objects.filter(
            workspace_id=self.row.workspace_id,
            seller_id__in=named,
            region=self.row.account.region,
            status=SellerAccount.Status.ACTIVE,
        )
        return list(accounts.order_by("id"))

    def _is_full(self) -> bool:
        waiting = Lead.objects.filter(workspace_id=self.row.workspace_id, why=Lead.Why.HINT)
        return waiting.count() >= MOST_WAITING

    def _write(self, **fields: object) -> None:
        HintQueue.objects.filter(pk=self.row.pk, claimed_until=self.until).update(**fields)


def _free(now: datetime) -> QuerySet[HintQueue]:
    return HintQueue.objects.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now))
