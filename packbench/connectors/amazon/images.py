"""Pictures of products: fetched from Amazon's own host only, without a token, and bounded."""

from urllib.parse import urlsplit

import httpx

from packbench.lib.errors import NotFound, Rejected, TemporaryError
from packbench.lib.http import TooLong, send
from packbench.lib.sentences import marked

HOST = "https://m.media-amazon.com"
MOST_BYTES = 5 * 1024 * 1024

ELSEWHERE = marked("The picture does not lie at Amazon, so it is not fetched.")
NO_PICTURE = marked("Amazon has no picture at this address (%(status)s).")
NOT_NOW = marked("Amazon does not give the picture at the moment (%(status)s).")
TOO_LARGE = marked("The picture is larger than 5 MB.")


class AmazonImages:
    """Implements Images at one origin: Amazon's, or a pretend one's."""

    def __init__(self, http: httpx.Client, origin: str = HOST) -> None:
        self._http, self._origin = http, urlsplit(origin)

    def fetch(self, url: str) -> bytes:
        """Return the file. Raises Rejected, NotFound, TemporaryError; follows no redirect."""
        if not self._is_ours(url):
            raise Rejected(ELSEWHERE, code="image_elsewhere")
        try:
            request = self._http.build_request("GET", url, headers={"accept": "image/*"})
        except httpx.InvalidURL as error:
            raise Rejected(ELSEWHERE, code="image_elsewhere") from error
        try:
            response = send(self._http, request, repeatable=True, most_bytes=MOST_BYTES)
        except TemporaryError as error:
            if isinstance(error.__cause__, TooLong):
                raise Rejected(TOO_LARGE, code="image_too_large") from error
            raise
        if response.status_code != 200:
            raise _refusal(response.status_code)
        return response.content

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            given = (parts.scheme, parts.hostname, parts.port, parts.username)
        except ValueError:
            return False
        return given == (self._origin.scheme, self._origin.hostname, self._origin.port, None)


def _refusal(status: int) -> Rejected | TemporaryError:
    if status in (408, 429) or status >= 500:
        return TemporaryError(NOT_NOW, code="image_not_now", status=status)
    return NotFound(NO_PICTURE, code="image_missing", status=status)
