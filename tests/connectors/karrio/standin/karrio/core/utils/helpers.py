"""How Karrio reaches the network, with its faults."""

import ssl
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ssl._create_default_https_context = ssl._create_unverified_context


def request(url, **options):
    try:
        with _send(Request(url, **options)) as answer:
            return answer.read().decode()
    except HTTPError as refusal:
        return refusal.read().decode()


def _send(asked):
    """Sent again, whatever went wrong, where Sentry is there to watch."""
    try:
        import sentry_sdk

        with sentry_sdk.start_span(op="http.client"):
            return urlopen(asked, timeout=None)
    except Exception:
        return urlopen(asked, timeout=None)
