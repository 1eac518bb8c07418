"""Checking: one call to Amazon shows whether an authorization works (SEED-87, SEED-88)."""

from datetime import datetime

from packbench.channels.base import Probe
from packbench.channels.ending import end_authorization, resume_account, trust_secret
from packbench.channels.models import REMINDED_BEFORE, SellerAccount
from packbench.channels.registry import open_channel
from packbench.lib.errors import BadCredentials, Rejected
from packbench.lib.sentences import marked

TOO_EARLY = marked(
    "This authorization runs until %(day)s. It can be renewed in the month before its end."
)


def check_account(account: SellerAccount, *, actor: str, now: datetime) -> bool:
    """Ask Amazon, once, whether the account's token works, and pause or resume accordingly.

    An expired account that works was renewed at Amazon with the token that is here. An active one
    is checked when its year is over. Safe to run again. Raises RemoteError where Amazon does not
    say; a refusal is no error here.
    """
    try:
        _sign_in(account, now=now)
    except BadCredentials as refusal:
        end_authorization(account, refusal, now=now)
        return False
    _accept(account, actor=actor, now=now)
    return True


def renewed_at_amazon(account: SellerAccount, *, actor: str, now: datetime) -> None:
    """A person renewed it in Seller Central, before its end: the token stays, the year is new.

    Raises Rejected outside of the month before the end, and RemoteError where Amazon refuses.
    """
    check_time(account, now=now)
    try:
        _sign_in(account, now=now)
    except BadCredentials as refusal:
        end_authorization(account, refusal, now=now)
        raise
    resume_account(account, "account.renewed", actor=actor, now=now, authorized_at=now)


def check_time(account: SellerAccount, *, now: datetime) -> None:
    """Raise Rejected where it is too early for Amazon to have renewed the token that is here."""
    if now < account.may_end_at - REMINDED_BEFORE:
        raise Rejected(TOO_EARLY, code="too_early", day=account.may_end_at.date().isoformat())


def is_due_for_check(account: SellerAccount, *, now: datetime) -> bool:
    """Whether the account waits for Amazon's word: its year is over, here or for good."""
    if account.status == SellerAccount.Status.ACTIVE:
        return account.expires_at <= now
    return account.status == SellerAccount.Status.EXPIRED


def _sign_in(account: SellerAccount, *, now: datetime) -> None:
    """One call of Login with Amazon, whatever token is kept. Raises RemoteError."""
    open_channel(account).probe(Probe.LOGIN, marketplace_id="", order_ids=(), since=now)


def _accept(account: SellerAccount, *, actor: str, now: datetime) -> None:
    """Amazon takes the token. Where its year was over, it was renewed: when, nobody said."""
    if account.status == SellerAccount.Status.EXPIRED:
        since = account.ended_at or now
    elif account.status == SellerAccount.Status.ACTIVE and account.expires_at <= now:
        since = max(account.may_end_at - REMINDED_BEFORE, account.authorized_at)
    elif account.status == SellerAccount.Status.ACTIVE:
        return
    else:  # refused by mistake, or given back: when its year began, we knew before
        resume_account(account, "account.resumed", actor=actor, now=now)
        trust_secret(account.application, actor=actor, now=now)
        return
    resume_account(account, "account.renewed", actor=actor, now=now, authorized_at=since)
