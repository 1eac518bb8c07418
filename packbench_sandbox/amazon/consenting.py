"""Seller Central's part of authorization: the consent page and Manage Your Apps."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from packbench_sandbox.amazon import pages
from packbench_sandbox.amazon.granting import Application, Grants
from packbench_sandbox.wire import Refusal, Request, Response, page, redirect
from packbench_sandbox.world.marketplaces import find_country
from packbench_sandbox.world.sellers import Seller


def show_consent(request: Request, grants: Grants, country: str) -> Response:
    """`GET …/apps/authorize/consent`: sign in as a pretend seller and agree."""
    asked = {name: values[0] for name, values in request.query.items()}
    application, redirect_uri = _check_application(asked, grants)
    sellers = _sellers(grants, country)
    content = f"""
<h1>{escape(application.name)} asks for access to your selling account</h1>
<p>The application will be able to read your orders with your buyers' delivery addresses, and to
confirm shipments. You can revoke this at any time under <i>Manage Your Apps</i>.</p>
<form method="post">
{
        pages.hidden(
            application_id=application.application_id,
            redirect_uri=redirect_uri,
            state=asked.get("state", ""),
            version=asked.get("version", ""),
        )
    }
<label for="seller">Sign in as</label>
<select id="seller" name="selling_partner_id">{pages.options(_names(sellers))}</select>
<label><input type="checkbox" name="agree" value="yes"> I direct Amazon to provide
{escape(application.name)} access to my selling partner account and related data.</label>
<div class="row"><button name="decision" value="confirm">Confirm</button>
<button class="quiet" name="decision" value="cancel">Cancel</button></div>
<p><small>You will return to {escape(redirect_uri)}</small></p></form>"""
    return page(pages.layout("Authorize application", content))


def decide_consent(request: Request, grants: Grants, country: str) -> Response:
    """The form's answer: back to the application, with a code or without."""
    form = request.form
    application, redirect_uri = _check_application(form, grants)
    state = form.get("state", "")
    if form.get("decision") == "cancel":
        facts = {"error": "access_denied", "state": state}
        return _back(redirect_uri, facts)
    seller = _chosen(form, grants, country)
    if form.get("agree") != "yes":
        raise _refused("MD0000", "Tick the box to confirm that you agree.")
    code = grants.issue_code(seller.id, application.client_id, redirect_uri)
    facts = {"state": state, "selling_partner_id": seller.id, "spapi_oauth_code": code}
    return _back(redirect_uri, facts)


def show_apps(request: Request, grants: Grants, country: str, *, notice: str = "") -> Response:
    """`GET …/apps/manage`: what is authorized, and the private application's own way in."""
    sellers = _sellers(grants, country)
    rows = "".join(_row(seller, grants) for seller in sellers)
    content = f"""<h1>Manage Your Apps</h1>{notice}
<table><tr><th>Seller</th><th>Application</th><th>Authorized</th><th></th></tr>{rows}</table>
<h1>Self-authorize a private application</h1><form method="post">
<label for="seller">Seller</label>
<select id="seller" name="selling_partner_id">{pages.options(_names(sellers))}</select>
<label for="application">Application</label>
<select id="application" name="application_id">{pages.options(_applications(grants))}</select>
<div class="row"><button name="action" value="authorize">Generate refresh token</button></div>
</form>"""
    return page(pages.layout("Manage Your Apps", content))


def change_apps(request: Request, grants: Grants, country: str) -> Response:
    """Revoke an application, or generate a refresh token and show it."""
    form = request.form
    seller = _chosen(form, grants, country)
    application = grants.application(form.get("application_id", ""))
    if application is None:
        raise _refused("MD1000", "This application is not available.")
    if form.get("action") == "revoke":
        grants.revoke(seller.id, application.client_id)
        return show_apps(request, grants, country, notice="<p><b>Access revoked.</b></p>")
    token = grants.authorize(seller.id, application.client_id).refresh_token
    notice = (
        f'<p>Refresh token of {escape(seller.name)} ({seller.id}):<br>'
        f'<code id="refresh-token">{escape(token)}</code></p>'
    )  # fmt: skip
    return show_apps(request, grants, country, notice=notice)


def _check_application(asked: dict[str, str], grants: Grants) -> tuple[Application, str]:
    """The application and where it wants the seller back. Shows Amazon's error pages."""
    application = grants.application(asked.get("application_id", ""))
    if application is None or (application.is_draft and asked.get("version") != "beta"):
        raise _refused("MD1000", "This application is not available for authorization.")
    uris = application.redirect_uris
    redirect_uri = asked.get("redirect_uri") or (uris[0] if uris else "")
    if redirect_uri not in uris:
        raise _refused("MD5101", "The redirect URI does not match the application's settings.")
    return application, redirect_uri


def _sellers(grants: Grants, country: str) -> list[Seller]:
    market = find_country(country)
    if market is None:
        raise _refused("404", "There is no Seller Central for this country.", status=404)
    sellers = grants.world.sellers.values()
    return [seller for seller in sellers if seller.region == market.region]


def _chosen(form: dict[str, str], grants: Grants, country: str) -> Seller:
    sellers = {seller.id: seller for seller in _sellers(grants, country)}
    seller = sellers.get(form.get("selling_partner_id", ""))
    if seller is None:
        raise _refused("MD9100", "Sign in as one of this region's sellers.")
    return seller


def _names(sellers: list[Seller]) -> list[tuple[str, str]]:
    return [(seller.id, f"{seller.name} ({', '.join(seller.countries) or 'no stores'})")
            for seller in sellers]  # fmt: skip


def _applications(grants: Grants) -> list[tuple[str, str]]:
    return [(a.application_id, a.name) for a in grants.applications.values()]


def _row(seller: Seller, grants: Grants) -> str:
    """One line for each application that the seller lets in."""
    now = grants.world.clock.now()
    alive = [a for a in grants.authorizations if a.seller_id == seller.id and a.is_alive(now)]
    rows = []
    for client_id in dict.fromkeys(a.client_id for a in alive):
        application = grants.applications[client_id]
        fields = pages.hidden(
            selling_partner_id=seller.id, application_id=application.application_id
        )
        rows.append(
            f"<tr><td>{escape(seller.name)}</td><td>{escape(application.name)}</td>"
            f"<td>{sum(a.client_id == client_id for a in alive)}×</td>"
            f'<td><form method="post">{fields}'
            '<button class="quiet" name="action" value="revoke">Revoke</button></form></td></tr>'
        )
    return "".join(rows)


def _back(redirect_uri: str, facts: dict[str, str]) -> Response:
    joint = "&" if "?" in redirect_uri else "?"
    return redirect(f"{redirect_uri}{joint}{urlencode(facts)}")


def _refused(code: str, message: str, *, status: int = 400) -> Refusal:
    return Refusal(page(pages.error_page(code, message), status))
