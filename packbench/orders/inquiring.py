"""Inquiring: Amazon is asked for one order, through each account of the workspace in turn."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from packbench.accounts.models import Workspace
from packbench.channels.base import Channel
from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount, sentence_json
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
)
from packbench.lib.sentences import Sentence, marked
from packbench.orders.models import Inquiry
from packbench.orders.recognizing import EXAMPLE, OrderNumber
from packbench.orders.saving import Saved, save_orders

MOST_ACCOUNTS = 25  # one call each
MOST_OPEN = 20  # inquiries of a workspace at once
PATIENCE = timedelta(minutes=10)  # so long an inquiry waits for quota or for Amazon
LEAST_WAIT = timedelta(seconds=2)

NOT_A_NUMBER = marked("Amazon can be asked for its own order numbers only, such as %(example)s.")
NOBODY_TO_ASK = marked("No seller account is connected that could be asked. Connect one first.")
TOO_MANY = marked("%(most)s questions wait for Amazon already. Ask again in a few minutes.")

SAVED = marked("Amazon has it, and it is here now.")
KNOWN = marked("Amazon shows it as we have it.")
SKIPPED = marked("Amazon has it, but it is not imported:")
NOT_FOUND = marked("Amazon does not know this order for this account.")
GAVE_UP = marked("No answer within ten minutes. Ask again later.")

FOUND = frozenset({"saved", "known", "skipped"})
WAITING = "waiting"

Reply = dict[str, Any]  # a Sentence as it is stored, with a code and what else is known
Clock = Callable[[], datetime]
Opener = Callable[[SellerAccount], Channel]


def ask_amazon(workspace: Workspace, number: OrderNumber, *, actor: str, now: datetime) -> Inquiry:
    """Write the question down and let a worker put it. The same one that is open is returned.

    Raises Rejected.
    """
    if not number.is_amazon:
        raise Rejected(NOT_A_NUMBER, code="no_order_number", example=EXAMPLE)
    active = workspace.seller_accounts.filter(status=SellerAccount.Status.ACTIVE)
    ids = list(active.order_by("-imported_at", "id").values_list("id", flat=True)[:MOST_ACCOUNTS])
    if not ids:
        raise Rejected(NOBODY_TO_ASK, code="nobody_to_ask")
    unfinished = workspace.inquiries.filter(finished_at__isnull=True)
    with transaction.atomic():
        # One person presses twice, two people press once: one question.
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        open_one = unfinished.filter(external_id=number.text).first()
        if open_one is None and unfinished.count() >= MOST_OPEN:
            raise Rejected(TOO_MANY, code="too_many_inquiries", most=MOST_OPEN)
        inquiry = open_one or Inquiry.objects.create(
            workspace=workspace,
            external_id=number.text,
            asked_by=actor,
            asked_at=now,
            account_ids=ids,
        )
        defer_once("orders.inquire", inquiry_id=inquiry.pk)
    return inquiry


def answer_inquiry(inquiry_id: str, open_channel: Opener, *, clock: Clock) -> None:
    """Ask the accounts that have not answered; where one must wait, go on later by itself.

    Safe to run again and at once elsewhere: one worker holds the inquiry. Ends at the first
    account that has the order, when all have answered, and ten minutes after the question.
    """
    now = clock()
    until = now + lease()
    if not _claim(inquiry_id, now=now, until=until):
        return
    mine = _Inquiring(Inquiry.objects.get(pk=inquiry_id), open_channel, clock, until)
    if now <= mine.row.asked_at + PATIENCE:
        mine.ask_all()
    mine.finish_or_wait()


def unfinished_inquiries(*, now: datetime) -> list[str]:
    """The inquiries whose next try is due or whose worker died, the oldest first."""
    open_ones = Inquiry.objects.filter(finished_at__isnull=True).filter(
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=now),
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
    )
    return list(open_ones.order_by("asked_at").values_list("id", flat=True)[:100])


def _claim(inquiry_id: str, *, now: datetime, until: datetime) -> bool:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    mine = Inquiry.objects.filter(free, pk=inquiry_id, finished_at__isnull=True)
    return mine.update(claimed_until=until) == 1


@dataclass(slots=True)
class _Inquiring:
    """One worker's hold on an inquiry. `until` is its claim."""

    row: Inquiry
    open_channel: Opener
    clock: Clock
    until: datetime

    def ask_all(self) -> None:
        """Ask in turn, writing each answer down, until one account has the order."""
        for account_id in self.row.account_ids:
            if _is_final(self.row.answers.get(account_id)):
                continue
            answer = self._ask(account_id)
            answers = {**self.row.answers, account_id: answer}
            if not self._write(answers=answers, claimed_until=self.clock() + lease()):
                return
            if answer["code"] in FOUND:
                return

    def finish_or_wait(self) -> None:
        now, answers = self.clock(), self.row.answers
        waits = [
            answer["wait_s"]
            for answer in (answers.get(account_id) for account_id in self.row.account_ids)
            if answer and not _is_final(answer)
        ]
        is_found = any(answer["code"] in FOUND for answer in answers.values())
        end = self.row.asked_at + PATIENCE
        if is_found or not waits or now >= end:
            self._write(answers=_given_up(self.row), finished_at=now, claimed_until=None)
            return
        at = min(now + max(timedelta(seconds=min(waits)), LEAST_WAIT), end)
        if self._write(next_try_at=at, claimed_until=None):
            defer_once("orders.inquire", at=at, inquiry_id=self.row.pk)

    def _ask(self, account_id: str) -> Reply:
        accounts = SellerAccount.objects.select_related("application", "workspace__key")
        account = accounts.filter(pk=account_id, workspace_id=self.row.workspace_id).first()
        if account is None or account.status != SellerAccount.Status.ACTIVE:
            return _said("gone", NOBODY_TO_ASK)
        try:
            order = self.open_channel(account).fetch_order(self.row.external_id)
        except RemoteError as error:
            return _refusal(account, error, now=self.clock())
        stores = {
            store.marketplace_id: store
            for store in account.stores.defer("brand_logo").select_related("workspace__key")
        }
        saved = save_orders(
            [order], stores, account=account, withheld=account.withheld, now=self.clock()
        )
        return _outcome(saved)

    def _write(self, **fields: Any) -> bool:
        """Write while the claim is ours. False: another worker has it by now."""
        mine = Inquiry.objects.filter(pk=self.row.pk, claimed_until=self.until)
        if mine.update(**fields) != 1:
            return False
        for name, value in fields.items():
            setattr(self.row, name, value)
        self.until = self.row.claimed_until or self.until
        return True


def _outcome(saved: Saved) -> Reply:
    if saved.skipped:
        return {**_said("skipped", SKIPPED), "reason": str(saved.skipped[0].reason)}
    return _said("saved", SAVED) if saved.created or saved.changed else _said("known", KNOWN)


def _refusal(account: SellerAccount, error: RemoteError, *, now: datetime) -> Reply:
    if isinstance(error, NotFound):
        return {**_said("not_found", NOT_FOUND), "request_id": error.request_id}
    if isinstance(error, BadCredentials):
        end_authorization(account, error, now=now)
    answer = sentence_json(error)
    if isinstance(error, TemporaryError):
        return {**answer, "code": WAITING, "wait_s": error.retry_after or 0}
    if isinstance(error, OutcomeUnknown):  # reading changes nothing: ask again
        return {**answer, "code": WAITING, "wait_s": 0}
    return {**answer, "code": "refused", "cause": error.code}


def _given_up(row: Inquiry) -> Reply:
    """The answers, with those that never came said to be so."""
    is_found = any(answer["code"] in FOUND for answer in row.answers.values())
    missing = {
        account_id: _said("gave_up", GAVE_UP)
        for account_id in row.account_ids
        if not _is_final(row.answers.get(account_id)) and not is_found
    }
    return {**row.answers, **missing}


def _is_final(answer: Reply | None) -> bool:
    return answer is not None and answer["code"] != WAITING


def _said(code: str, text: str) -> Reply:
    return {**Sentence(text).as_json(), "code": code}
