"""Fetching an archive: from Amazon's own hosts only, without a token, and bounded."""

from urllib.parse import urljoin, urlsplit

import httpx

from packbench.channels.customizations import Reading
from packbench.connectors.amazon.custom.reading import read_archive
from packbench.connectors.amazon.custom.unpacking import MOST_BYTES
from packbench.lib.errors import NotFound, Rejected, TemporaryError
from packbench.lib.http import TooLong, send
from packbench.lib.marketplaces import MARKETPLACES
from packbench.lib.sentences import marked

HOST = "zme-caps"  # of Amazon's domain, as far as seen of amazon.com (`spapi.md` §6.5)
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
DEAD = (401, 403, 404, 410)

ELSEWHERE = marked(
    "The link to the customization does not lead to Amazon, so it is not followed. Look at the "
    "order in Seller Central."
)
EXPIRED = marked("Amazon's link to the customization has expired (%(status)s).")
NOT_NOW = marked("Amazon does not give the customization at the moment (%(status)s).")
TOO_LARGE = marked(
    "The customization is larger than 24 MB and is not fetched. Open it in Seller Central."
)
Origin = tuple[str, str | None, int | None, str | None]  # scheme, host, port, user
AMAZON: frozenset[Origin | None] = frozenset(
    ("https", f"{HOST}.{marketplace.domain}", None, None) for marketplace in MARKETPLACES
)


class AmazonCustomizations:
    """Implements Customizations at Amazon's hosts, or at one pretend origin."""

    def __init__(self, http: httpx.Client, origin: str | None = None) -> None:
        self._http = http
        self._origins = frozenset([_origin(origin)]) if origin else AMAZON

    def fetch(self, url: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            response = self._get(url)
            if response.status_code not in REDIRECTS:
                break
            url = urljoin(url, response.headers.get("location", ""))
        if response.status_code != 200:
            raise _refusal(response.status_code)
        return response.content

    def read(self, content: bytes) -> Reading:
        return read_archive(content)

    def _get(self, url: str) -> httpx.Response:
        origin = _origin(url)
        if origin is None or origin not in self._origins:
            raise Rejected(ELSEWHERE, code="customization_elsewhere")
        try:
            request = self._http.build_request("GET", url, headers={"accept": "application/zip"})
        except httpx.InvalidURL as error:
            raise Rejected(ELSEWHERE, code="customization_elsewhere") from error
        try:
            return send(self._http, request, repeatable=True, most_bytes=MOST_BYTES)
        except TemporaryError as error:
            if isinstance(error.__cause__, TooLong):
                raise Rejected(TOO_LARGE, code="customization_too_large") from error
            raise


def _origin(url: str) -> Origin | None:
    """None for what is no address."""
    try:
        parts = urlsplit(url)
        return (parts.scheme, parts.hostname, parts.port, parts.username)
    except ValueError:
        return None


def _refusal(status: int) -> Rejected | TemporaryError:
    if status in DEAD:
        return NotFound(EXPIRED, code="customization_expired", status=status)
    return TemporaryError(NOT_NOW, code="customization_not_now", status=status)
