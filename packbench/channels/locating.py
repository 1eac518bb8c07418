"""Locating: where an authorization sells, asked at Amazon before anything is saved (SEED-27)."""

from msgspec.structs import replace

from packbench.channels.base import Credentials
from packbench.channels.connecting import selling_marketplaces
from packbench.channels.registry import open_with
from packbench.lib.errors import BadCredentials, Rejected, RemoteError
from packbench.lib.marketplaces import REGION_NAMES, REGIONS, by_id
from packbench.lib.sentences import marked

ELSEWHERE = marked(
    "This account sells in %(region)s (%(marketplaces)s), not in %(chosen)s as you chose. "
    "Choose one of its own countries. If you sell in both, authorize each region by itself."
)


class OtherRegion(Rejected):
    """The account is one of another region; `country` is one where it sells."""

    def __init__(self, credentials: Credentials, region: str, ids: tuple[str, ...]) -> None:
        super().__init__(
            ELSEWHERE,
            code="other_region",
            region=REGION_NAMES[region],
            chosen=REGION_NAMES[credentials.region],
            marketplaces=", ".join(by_id(each).name for each in ids),
        )
        self.country = by_id(ids[0]).country


def locate(credentials: Credentials) -> tuple[str, ...]:
    """Return the marketplaces where the account sells; the seller id must be its own.

    Raises OtherRegion where it sells in another region than was chosen, Rejected where the seller
    id is another's or it sells nowhere, and what the channel raises.
    """
    channel = open_with(credentials)
    try:
        ids = selling_marketplaces(channel)
    except BadCredentials as refusal:
        if refusal.code == "wrong_region":
            _look_elsewhere(credentials)
        raise
    channel.check_seller(ids[0])
    return ids


def _look_elsewhere(credentials: Credentials) -> None:
    """Ask the other regions. Raises OtherRegion where one of them knows the account."""
    for region in REGIONS:
        if region == credentials.region:
            continue
        try:
            ids = selling_marketplaces(open_with(replace(credentials, region=region)))
        except RemoteError:
            continue  # the refusal of the region that was chosen says enough
        raise OtherRegion(credentials, region, ids)
