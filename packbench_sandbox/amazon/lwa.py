"""Login with Amazon: the token endpoint, with its own kind of errors."""

from __future__ import annotations

from packbench_sandbox.amazon.granting import TOKEN_SECONDS, Authorization, Grants
from packbench_sandbox.wire import Refusal, Request, Response, answer

SCOPES = frozenset(
    {"sellingpartnerapi::notifications", "sellingpartnerapi::client_credential:rotation"}
)
_INVALID_GRANT = (
    "The request has an invalid grant parameter : {name}. "
    "User may have revoked or didn't grant the permission."
)


def issue_token(request: Request, grants: Grants) -> Response:
    """`POST /auth/o2/token` for the three grant types that SP-API knows."""
    form = request.form if not _is_json(request) else _json_form(request)
    grant_type = form.get("grant_type", "")
    if not grant_type:
        raise _error("invalid_request", "The request is missing a required parameter : grant_type")
    step = _GRANT_TYPES.get(grant_type)
    if step is None:
        raise _error(
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server",
        )
    client_id = _authenticate(form, grants)
    return step(form, client_id, grants)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")


def _json_form(request: Request) -> dict[str, str]:
    try:
        return dict(request.json())
    except (ValueError, TypeError) as error:
        raise _error("invalid_request", "The request is malformed") from error


def _authenticate(form: dict[str, str], grants: Grants) -> str:
    for name in ("client_id", "client_secret"):
        if not form.get(name):
            raise _error("invalid_request", f"The request is missing a required parameter : {name}")
    application = grants.applications.get(form["client_id"])
    now = grants.world.clock.now()
    if application is None or not application.accepts(form["client_secret"], now):
        raise _error("invalid_client", "Client authentication failed", status=401)
    return application.client_id


def _by_code(form: dict[str, str], client_id: str, grants: Grants) -> Response:
    code = _required(form, "code")
    authorization = grants.redeem_code(code, client_id, form.get("redirect_uri", ""))
    if authorization is None:
        raise _error("invalid_grant", _INVALID_GRANT.format(name="code"))
    return _tokens(grants, client_id, authorization)


def _by_refresh_token(form: dict[str, str], client_id: str, grants: Grants) -> Response:
    authorization = grants.by_refresh_token(_required(form, "refresh_token"))
    if authorization is None or not authorization.is_alive(grants.world.clock.now()):
        raise _error("invalid_grant", _INVALID_GRANT.format(name="refresh_token"))
    if authorization.client_id != client_id:
        raise _error("unauthorized_client", "Not authorized for requested operation")
    return _tokens(grants, client_id, authorization)


def _by_client(form: dict[str, str], client_id: str, grants: Grants) -> Response:
    if _required(form, "scope") not in SCOPES:
        raise _error("invalid_scope", "An unknown or invalid scope was requested")
    return _tokens(grants, client_id, None)


def _required(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise _error("invalid_request", f"The request is missing a required parameter : {name}")
    return form[name]


def _tokens(grants: Grants, client_id: str, authorization: Authorization | None) -> Response:
    body = {
        "access_token": grants.access_token(client_id, authorization),
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
    }
    if authorization:
        body["refresh_token"] = authorization.refresh_token
    return answer(body)


def _error(code: str, description: str, *, status: int = 400) -> Refusal:
    return Refusal(answer({"error": code, "error_description": description}, status))


_GRANT_TYPES = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh_token,
    "client_credentials": _by_client,
}
