"""The seller's part of the demo: sign in and connect, as in a browser."""

import re
from collections import Counter

import httpx

from packbench.demo.browsing import Browser, NoSuchForm

EMAIL = "demo@packbench.example"
PASSWORD = "packbench-at-4-pm"  # noqa: S105 - shown to everybody who runs the demo
WORKSPACE = "Demo shop"
SHIP_FROM = {
    "name": "Warehouse",
    "company": "Olivar Trading S.L.",
    "line1": "Polígono Industrial El Olivar, Nave 7",
    "postal_code": "46980",
    "city": "Paterna",
    "state": "Valencia",
    "country": "ES",
    "phone": "+34 960 000 000",
}
# seller of the sandbox, the country to begin with, the countries to add
CONNECTIONS = (("europe", "ES", ("FR", "DE")), ("america", "US", ()))


def sign_in(base_url: str) -> Browser:
    """Set the desk up at the first time, and sign in."""
    browser = Browser()
    browser.open(f"{base_url}/sign-in")
    if browser.has_form("workspace"):
        browser.submit(email=EMAIL, password=PASSWORD, workspace=WORKSPACE)
        browser.submit(**SHIP_FROM)
    else:
        browser.submit(username=EMAIL, password=PASSWORD)
    return browser


def register_redirect(sandbox_url: str, base_url: str) -> dict[str, str]:
    """Tell the sandbox's developer console where consents return to; gives the application."""
    uri = {"uri": f"{base_url}/stores/connect/callback"}
    answer = httpx.post(f"{sandbox_url}/_sandbox/app/redirect-uris", json=uri, trust_env=False)
    answer.raise_for_status()
    return dict(answer.json())


def connect(browser: Browser, base_url: str, application: dict[str, str], sandbox_url: str) -> None:
    """Connect every seller through Seller Central's consent page, and tick its marketplaces."""
    sellers = httpx.get(f"{sandbox_url}/_sandbox/sellers", trust_env=False).json()["sellers"]
    ids = {seller["key"]: seller["seller_id"] for seller in sellers}
    for key, country, more in CONNECTIONS:
        _consent(browser, base_url, application, seller_id=ids[key], country=country)
        if more:
            _tick(browser, base_url, sellers, key, more)


def told_twice(sandbox_url: str) -> list[str]:
    """Orders that the sandbox's ledger, the judge, shows as confirmed more than once."""
    entries = httpx.get(
        f"{sandbox_url}/_sandbox/ledger", params={"kind": "shipment."}, trust_env=False
    ).json()["entries"]
    told = Counter(entry["order_id"] for entry in entries)
    return [order_id for order_id, count in told.items() if count > 1]


def _consent(
    browser: Browser, base_url: str, application: dict[str, str], *, seller_id: str, country: str
) -> None:
    browser.open(f"{base_url}/stores/connect/website")
    browser.submit(
        name=f"Amazon {country}",
        country=country,
        feedback="label_created",
        application="new",
        client_id=application["client_id"],
        client_secret=application["client_secret"],
        application_id=application["application_id"],
        has_read_terms="on",
        is_responsible="on",
    )
    browser.submit(selling_partner_id=seller_id, agree="yes", decision="confirm")


def _tick(
    browser: Browser,
    base_url: str,
    sellers: list[dict[str, object]],
    key: str,
    countries: tuple[str, ...],
) -> None:
    [seller] = [seller for seller in sellers if seller["key"] == key]
    marketplaces = seller["marketplaces"]
    if not isinstance(marketplaces, list):
        raise TypeError("The sandbox lists a seller's marketplaces.")
    chosen = [each["id"] for each in marketplaces if each["country"] in countries]
    browser.open(_add_marketplaces(browser, base_url))
    browser.submit(marketplace=chosen, feedback="label_created")


def _add_marketplaces(browser: Browser, base_url: str) -> str:
    """The page where marketplaces of the account are ticked, linked from the stores page."""
    browser.open(f"{base_url}/stores")
    link = re.search(r"/stores/connect/\w+/marketplaces", browser.text)
    if link is None:
        raise NoSuchForm("The stores page has no link to add marketplaces.")
    return base_url + link[0]
