"""The desk's own address, as Amazon has to know it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

LOCAL = "localhost"  # the only host that Amazon takes without https


def redirect_uri() -> str:
    """The address to register with the application at Amazon."""
    return str(settings.BASE_URL) + reverse("connect_callback")


def standing(address: str, host: str) -> str:
    """Say what will happen with a redirect URI, while the desk was opened at this host.

    `https` and `localhost` work; `other_host` brings the seller back to where they are not signed
    in; `refused` is not taken by Amazon.
    """
    parts = urlsplit(address)
    if parts.netloc != host:
        return "other_host"
    if parts.scheme == "https" or settings.SANDBOX_URL:
        return "https"
    return "localhost" if parts.hostname == LOCAL else "refused"


def push_address(carrier_id: str) -> str:
    """Where a carrier's messages of scans arrive."""
    return str(settings.BASE_URL) + reverse("take_push", args=[carrier_id])


def is_local(address: str) -> bool:
    """Whether only this machine or its network reaches the address, as far as its name says."""
    host = urlsplit(address).hostname or ""
    return host == LOCAL or "." not in host or host.startswith(("127.", "10.", "192.168."))
