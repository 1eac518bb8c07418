"""Deadlines: what ends on a day, when that is announced, and in which words (SEED-85, SEED-86)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from packbench.channels.models import REMINDED_BEFORE, Application, SellerAccount
from packbench.lib.marketplaces import REGION_NAMES
from packbench.lib.sentences import Sentence, marked

ACCOUNT_DAYS = (30, 23, 16, 9, 2, 1, 0)  # weekly from a month before, then daily
SECRET_DAYS = (90, 30, 7, 0)
EARLY_BANNER = timedelta(days=7)  # so long an announcement stays that is more than a month ahead

ACCOUNT_ENDS = marked(
    "The authorization of seller %(seller)s (%(region)s) ends in %(days)s days, on %(day)s."
)
ACCOUNT_ENDS_TOMORROW = marked(
    "The authorization of seller %(seller)s (%(region)s) ends tomorrow, %(day)s."
)
ACCOUNT_ENDS_TODAY = marked(
    "The authorization of seller %(seller)s (%(region)s) ends today, %(day)s."
)
SECRET_ENDS = marked(
    "The client secret of the application %(application)s ends in %(days)s days, on %(day)s."
)
SECRET_ENDED = marked(
    "The client secret of the application %(application)s ends on %(day)s. Amazon then refuses "
    "all its accounts."
)
RENEW = marked(
    "Renew it on the account's page. Without that, imports and confirmations stop on that day."
)
ROTATE = marked(
    "Make a new client secret in the Solution Provider Portal and save it on the account's page. "
    "The old one works for seven more days, so nothing stops."
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that ends. `days` are the thresholds, in days before the end, in falling order.

    Days are calendar days in UTC. `say` gives the sentence for so many days left. `path` is the
    page of the desk where it is mended, `advice` what to do there. `is_told_after` says whether a
    last day that nobody announced is made up for.
    """

    subject_id: str
    ends_at: datetime
    days: tuple[int, ...]
    say: Callable[[int], Sentence]
    advice: Sentence
    path: str
    is_told_after: bool = True

    def days_left(self, now: datetime) -> int:
        return (self.ends_at.date() - now.date()).days

    def threshold(self, now: datetime) -> int | None:
        """The latest threshold that has come; those before it are not made up for."""
        left = self.days_left(now)
        if left < 0 and not self.is_told_after:
            return None
        return min((day for day in self.days if left <= day), default=None)

    def has_banner(self, now: datetime) -> bool:
        """In its last month always, before that for a week after each threshold."""
        day = self.threshold(now)
        if day is None:
            return False
        is_late = day <= REMINDED_BEFORE.days
        return is_late or day - self.days_left(now) < EARLY_BANNER.days


def deadline_of_account(account: SellerAccount) -> Deadline:
    return Deadline(
        subject_id=account.pk,
        ends_at=account.may_end_at,
        days=ACCOUNT_DAYS,
        say=lambda days: _say_account(account, days),
        advice=Sentence(RENEW),
        path=f"/stores/accounts/{account.pk}",
        is_told_after=False,  # then Amazon is asked, and its word is what counts
    )


def deadline_of_secret(application: Application, account: SellerAccount) -> Deadline:
    """The account is one that uses the application: the secret is renewed on its page."""
    return Deadline(
        subject_id=application.pk,
        ends_at=application.secret_expires_at,
        days=SECRET_DAYS,
        say=lambda days: _say_secret(application, days),
        advice=Sentence(ROTATE),
        path=f"/stores/accounts/{account.pk}#secret",
    )


def deadlines_of(accounts: Iterable[SellerAccount]) -> list[Deadline]:
    """What ends for these accounts (their applications loaded), while Amazon accepts them."""
    active = [each for each in accounts if each.status == SellerAccount.Status.ACTIVE]
    by_application = {each.application_id: each for each in reversed(active)}
    return [
        *map(deadline_of_account, active),
        *(deadline_of_secret(each.application, each) for each in by_application.values()),
    ]


def _say_account(account: SellerAccount, days: int) -> Sentence:
    text = {1: ACCOUNT_ENDS_TOMORROW, 0: ACCOUNT_ENDS_TODAY}.get(days, ACCOUNT_ENDS)
    who = {"seller": account.seller_id, "region": REGION_NAMES[account.region]}
    day = account.may_end_at.date().isoformat()
    return Sentence(text, {**who, "days": str(days), "day": day})


def _say_secret(application: Application, days: int) -> Sentence:
    text = SECRET_ENDS if days > 1 else SECRET_ENDED
    day = application.secret_expires_at.date().isoformat()
    return Sentence(text, {"application": str(application), "days": str(days), "day": day})
