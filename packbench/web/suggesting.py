"""Suggesting stores: “you also sell in …”, until a person says no (SEED-95)."""

from django.http import HttpRequest

from packbench.channels.models import SellerAccount
from packbench.channels.ticking import without_store
from packbench.lib.marketplaces import Marketplace

DISMISSED = "dismissed_marketplaces"  # in the session: marketplace ids by account
MOST_ACCOUNTS = 200  # of which the session keeps a "no"


def suggested(request: HttpRequest, account: SellerAccount) -> list[Marketplace]:
    """Return where the account sells without a store, unless all of that was dismissed."""
    if account.status != SellerAccount.Status.ACTIVE or not account.stores.all():
        return []
    missing = without_store(account)
    dismissed = request.session.get(DISMISSED, {}).get(account.pk, [])
    return missing if {market.id for market in missing} - set(dismissed) else []


def dismiss(request: HttpRequest, account: SellerAccount) -> None:
    """Remember in this session that these marketplaces are not wanted."""
    kept = dict(list(request.session.get(DISMISSED, {}).items())[-MOST_ACCOUNTS:])
    kept[account.pk] = [market.id for market in without_store(account)]
    request.session[DISMISSED] = kept
