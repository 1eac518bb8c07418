"""What the page Currencies shows: the newest rate of each pair, and what has none."""

from decimal import Decimal
from typing import Any

from packbench.accounts.models import Workspace
from packbench.currencies.converting import Wanted, convert_all
from packbench.currencies.models import ExchangeRate
from packbench.lib import clock
from packbench.lib.money import Money

MOST_PAIRS = 200
ONE = Decimal(1)


def rates_context(workspace: Workspace, chosen: str) -> dict[str, Any]:
    """The newest rate of each pair, and which stores' currencies none leads from."""
    pairs = ExchangeRate.objects.filter(workspace=workspace).order_by("base", "currency", "-on")
    newest = list(pairs.distinct("base", "currency")[:MOST_PAIRS])
    return {
        "rates": newest,
        "rate_count": workspace.rates.count(),
        "unreached": _unreached(workspace, chosen) if chosen else [],
    }


def _unreached(workspace: Workspace, chosen: str) -> list[str]:
    codes = workspace.stores.exclude(currency="").values_list("currency", flat=True)
    today = clock.now().date()
    wanted = [Wanted(Money(ONE, code), today) for code in sorted(set(codes.order_by()))]
    found = convert_all(workspace, chosen, wanted)
    return [each.money.currency for each in wanted if each not in found]
