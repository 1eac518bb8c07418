"""How a linked shop is opened."""

from collections.abc import Callable
from functools import cache

import httpx

from packbench.channels.base import LinkedShop, LinkSettings
from packbench.connectors.linked.bigcommerce import BigCommerce
from packbench.connectors.linked.shipnotify import ShipNotify
from packbench.connectors.linked.webhook import Webhook
from packbench.lib.hosts import Reach
from packbench.lib.http import new_client

SHOPS: dict[str, Callable[[LinkSettings, httpx.Client], LinkedShop]] = {
    "webhook": Webhook,
    "bigcommerce": BigCommerce,
    "shipnotify": ShipNotify,
}


def open_shop(settings: LinkSettings, reach: Reach) -> LinkedShop:
    """Return the shop that these settings reach, and no address beyond `reach`."""
    return SHOPS[settings.kind](settings, _http(reach))


@cache
def _http(reach: Reach) -> httpx.Client:
    return new_client(reach)
