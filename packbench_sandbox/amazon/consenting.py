"""Seller Central's part of authorization: the consent page and Manage Your Apps."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from packbench_sandbox.amazon import pages
from packbench_sandbox.amazon.granting import CODE_SECONDS, Application, Grants
from packbench_sandbox.clock import iso
from packbench_sandbox.wire import Refusal, Request, Response, page, redirect
from packbench_sandbox.world.marketplaces import find_country
from packbench_sandbox.world.sellers import Seller

CODES = [
    ("good", "good, for five minutes"),
    ("expired", "older than five minutes"),
    ("used", "used already"),
]
REGIONS = [("NA", "US", "North America"), ("EU", "ES", "Europe"), ("FE", "JP", "Far East")]


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
<details><summary><small>For trying out: what the code is like</small></summary>
<label for="code">Code</label><select id="code" name="code">{
        pages.options(CODES)
    }</select></details>
<div class="row"><button name="decision" value="confirm">Confirm</button>
<button class="quiet" name="decision" value="cancel">Cancel</button></div>
<p><small>You will return to {escape(redirect_uri)}</small></p></form>
<p><small>Seller Central of another region: {_regions(request, country)}</small></p>"""
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
    code = _code(form, grants, seller, application, redirect_uri)
    facts = {"state": state, "selling_partner_id": seller.id, "spapi_oauth_code": code}
    return _back(redirect_uri, facts)


def show_apps(request: Request, grants: Grants, country: str, *, notice: str = "") -> Response:
    """`GET …/apps/manage`: what is authorized, and the private application's own way in."""
    sellers = _sellers(grants, country)
    rows = "".join(_row(seller, grants) for seller in sellers)
    content = f"""<h1>Manage Your Apps</h1>{notice}
<table><tr><th>Seller</th><th>Application</th><th>Tokens</th><th>Ends</th><th></th></tr>{rows}
</table>
<h1>Self-authorize a private application</h1><form method="post">
<label for="seller">Seller</label>
<select id="seller" name="selling_partner_id">{pages.options(_names(sellers))}</select>
<label for="application">Application</label>
<select id="application" name="application_id">{pages.options(_applications(grants))}</select>
<div class="row"><button name="action" value="authorize">Generate refresh token</button>
<button class="quiet" name="action" value="rotate">Rotate client secret</button></div>
</form>"""
    return page(pages.layout("Manage Your Apps", content))


def change_apps(request: Request, grants: Grants, country: str) -> Response:
    """Renew or revoke an application, or make a refresh token or a client secret and show it."""
    form = request.form
    seller = _chosen(form, grants, country)
    application = grants.application(form.get("application_id", ""))
    if application is None:
        raise _refused("MD1000", "This application is not available.")
    if form.get("action") == "revoke":
        grants.revoke(seller.id, application.client_id)
        return show_apps(request, grants, country, notice="<p><b>Access revoked.</b></p>")
    if form.get("action") == "renew":
        grants.renew(seller.id, application.client_id)
        return show_apps(request, grants, country, notice="<p><b>Access renewed.</b></p>")
    if form.get("action") == "rotate":
        secret = grants.rotate_secret(application.client_id)
        notice = (
            f"<p>New client secret of {escape(application.name)}; the old one works for seven "
            f'more days:<br><code id="client-secret">{escape(secret)}</code></p>'
        )
        return show_apps(request, grants, country, notice=notice)
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


def _code(
    form: dict[str, str], grants: Grants, seller: Seller, application: Application, uri: str
) -> str:
    """A code as it was asked for: a good one, one that is too old, or one that was used."""
    kind = form.get("code", "good")
    age = CODE_SECONDS + 1 if kind == "expired" else 0
    code = grants.issue_code(seller.id, application.client_id, uri, age_seconds=age)
    if kind == "used":
        grants.redeem_code(code, application.client_id, uri)
    return code


def _regions(request: Request, country: str) -> str:
    """The same consent at the Seller Central of each region, for who signs in at the wrong one."""
    here = find_country(country)
    query = request.target.partition("?")[2]
    return " · ".join(
        f'<a href="/sellercentral/{code}/apps/authorize/consent?{escape(query)}">{name}</a>'
        for region, code, name in REGIONS
        if here is None or region != here.region
    )


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
    """One line for each application that the seller lets in, or let in until its year was over."""
    kept = [a for a in grants.authorizations if a.seller_id == seller.id and a.revoked_at is None]
    rows = []
    for client_id in dict.fromkeys(a.client_id for a in kept):
        application = grants.applications[client_id]
        fields = pages.hidden(
            selling_partner_id=seller.id, application_id=application.application_id
        )
        tokens = [a for a in kept if a.client_id == client_id]
        rows.append(
            f"<tr><td>{escape(seller.name)}</td><td>{escape(application.name)}</td>"
            f"<td>{len(tokens)}×</td><td>{iso(max(a.ends_at for a in tokens))[:10]}</td>"
            f'<td><form method="post">{fields}'
            '<button class="quiet" name="action" value="renew">Renew</button> '
            '<button class="quiet" name="action" value="revoke">Revoke</button></form></td></tr>'
        )
    return "".join(rows)


def _back(redirect_uri: str, facts: dict[str, str]) -> Response:
    joint = "&" if "?" in redirect_uri else "?"
    return redirect(f"{redirect_uri}{joint}{urlencode(facts)}")


def _refused(code: str, message: str, *, status: int = 400) -> Refusal:
    return Refusal(page(pages.error_page(code, message), status))
