"""Messages that carriers send by themselves: whether they are the carrier's."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from packbench.lib.errors import BadCredentials
from packbench.lib.sentences import marked

FORGED = marked("The signature of this message is not the carrier's.")


def check_signature(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], *, header: str, prefix: str
) -> None:
    """Raise BadCredentials unless the header is HMAC-SHA256 of the body by one of the secrets.

    Header names are compared in small letters. Each comparison takes the same time.
    """
    given = next((text for name, text in headers.items() if name.lower() == header.lower()), "")
    signed = given.strip().encode("utf-8", "replace")
    good = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        good |= hmac.compare_digest(signed, f"{prefix}{digest}".encode())
    if not good:
        raise BadCredentials(FORGED, code="forged")
