"""AWS Signature Version 4, for the one service of AWS that we call."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from packbench.lib.personal import Personal

ALGORITHM = "AWS4-HMAC-SHA256"


class AwsKey(Personal, frozen=True):
    """An access key. Printing it shows nothing."""

    key_id: str
    secret: str


def signed_headers(
    key: AwsKey,
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    region: str,
    service: str,
    now: datetime,
) -> dict[str, str]:
    """Return the headers with host, time and signature.

    For addresses without a query, which is all that SQS's JSON protocol has.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    split = urlsplit(url)
    named = {name.lower(): value.strip() for name, value in headers.items()}
    named |= {"host": split.netloc, "x-amz-date": stamp}
    names = ";".join(sorted(named))
    request = "\n".join(
        (
            method,
            quote(split.path or "/", safe="/-_.~"),
            "",
            *(f"{name}:{named[name]}" for name in sorted(named)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join((ALGORITHM, stamp, scope, digest))
    signature = _mac(_signing_key(key.secret, scope), text).hex()
    named["authorization"] = (
        f"{ALGORITHM} Credential={key.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return named


def _signing_key(secret: str, scope: str) -> bytes:
    made = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        made = _mac(made, part)
    return made


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
