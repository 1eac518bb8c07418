"""The developer's pages: the portal with the application's keys, and a seller's merchant token."""

from __future__ import annotations

from html import escape

from packbench_sandbox.amazon import pages
from packbench_sandbox.amazon.granting import Application, Grants
from packbench_sandbox.wire import Refusal, Request, Response, page
from packbench_sandbox.world.marketplaces import find_country

MOST_URIS = 20


def show_portal(request: Request, grants: Grants, country: str = "US") -> Response:
    """`GET /portal` and `…/sellingpartner/developerconsole`: the applications and their keys."""
    applications = "".join(_application(each) for each in grants.applications.values())
    content = f"""<h1>Solution Provider Portal: Develop apps</h1>
<p>Your developer profile is approved, with all roles. Here it is a button at once; at Amazon it
takes days.</p>{applications}
<p><a href="/sellercentral/{escape(country)}/apps/manage">Authorize an application for your own
seller account</a></p>"""
    return page(pages.layout("Develop apps", content))


def change_application(request: Request, grants: Grants, country: str = "US") -> Response:
    """Register a redirect URI with an application."""
    form = request.form
    application = grants.application(form.get("application_id", ""))
    uri = form.get("uri", "").strip()
    if application is None or not uri.startswith(("https://", "http://")):
        text = pages.error_page("400", "A redirect URI begins with https://.")
        raise Refusal(page(text, 400))
    if uri not in application.redirect_uris and len(application.redirect_uris) < MOST_URIS:
        grants.register_redirect_uri(application.client_id, uri)
    return show_portal(request, grants, country)


def show_seller_ids(request: Request, grants: Grants, country: str) -> Response:
    """`GET …/sw/AccountInfo/MerchantToken/…`: the merchant token of each seller of the region."""
    market = find_country(country)
    region = market.region if market else ""
    rows = "".join(
        f"<tr><td>{escape(seller.name)}</td><td><code>{seller.id}</code></td></tr>"
        for seller in grants.world.sellers.values()
        if seller.region == region
    )
    content = f"<h1>Your merchant token</h1><table><tr><th>Seller</th><th>Token</th></tr>{rows}"
    return page(pages.layout("Merchant token", content + "</table>"))


def _application(application: Application) -> str:
    uris = "<br>".join(escape(uri) for uri in application.redirect_uris) or "none yet"
    return f"""<h1>{escape(application.name)}</h1><table>
<tr><th>Application ID</th><td><code>{escape(application.application_id)}</code></td></tr>
<tr><th>Client identifier</th><td><code>{escape(application.client_id)}</code></td></tr>
<tr><th>Client secret</th><td><code>{escape(application.client_secret)}</code></td></tr>
<tr><th>OAuth Redirect URIs</th><td>{uris}</td></tr></table>
<form method="post">{pages.hidden(application_id=application.application_id)}
<label for="uri-{application.key}">Another OAuth Redirect URI</label>
<input id="uri-{application.key}" name="uri" size="50">
<div class="row"><button>Save</button></div></form>"""
