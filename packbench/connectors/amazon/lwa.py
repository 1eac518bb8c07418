"""Login with Amazon: a refresh token or a consent code becomes tokens (`spapi.md` §2.1)."""

import hashlib

import httpx
import msgspec

from packbench.connectors.amazon.answers import Answer
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.errors import ContractError
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.sending import send_logged
from packbench.connectors.amazon.tokens import AccessToken
from packbench.lib.errors import BadCredentials, RemoteError, TemporaryError, Throttled
from packbench.lib.sentences import marked

TOKEN_REFUSED = marked(
    "Amazon no longer accepts this account's refresh token. Authorize the account again in "
    "Seller Central and save the new refresh token."
)
CODE_REFUSED = marked(
    "Amazon no longer accepts this authorization: its code is older than five minutes or was "
    "used already. Start connecting again."
)
CLIENT_REFUSED = marked(
    "Amazon does not accept this client ID with this client secret. Copy both again from the "
    "Solution Provider Portal; the secret may have been rotated."
)
CLIENT_ID_IS_APP_ID = marked(
    "This is the application ID, not the client ID. Copy the LWA client ID from the Solution "
    "Provider Portal: it begins with amzn1.application-oa2-client."
)
OTHER_APPLICATION = marked(
    "This refresh token belongs to another application. Use the client ID and secret of the "
    "application that the account was authorized for."
)
MALFORMED = marked(
    "Amazon could not read the client ID, client secret or refresh token. Paste each of them "
    "again, complete and without spaces."
)
LWA_UNAVAILABLE = marked("Amazon's login service is not available at the moment (%(status)s).")
LWA_BUSY = marked("Amazon's login service asks for a pause.")
LWA_UNREADABLE = marked("The answer of Amazon's login service could not be read.")

APP_ID_PREFIXES = ("amzn1.sp.", "amzn1.sellerapps.")
DEFAULT_LIFETIME = 3600.0
BUSY_SECONDS = 30.0


class _Tokens(msgspec.Struct):
    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: float | None = None
    error: str | None = None
    request_id: str = ""


_tokens = msgspec.json.Decoder(_Tokens, strict=False)


def fetch_access_token(
    http: httpx.Client, endpoints: Endpoints, *, client: tuple[str, str], refresh_token: str
) -> AccessToken:
    """Trade the refresh token for an access token. `client` is the client id and its secret.

    Raises BadCredentials where only a person can mend it, which must not be tried again.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    tokens = _ask(http, endpoints, client, form)
    lifetime = DEFAULT_LIFETIME if tokens.expires_in is None else tokens.expires_in
    return AccessToken(_usable(tokens.access_token), lifetime, tokens.request_id)


def fetch_own_token(
    http: httpx.Client, endpoints: Endpoints, *, client: tuple[str, str], scope: str
) -> AccessToken:
    """Fetch a token of the application itself, for what belongs to no seller."""
    tokens = _ask(http, endpoints, client, {"grant_type": "client_credentials", "scope": scope})
    lifetime = DEFAULT_LIFETIME if tokens.expires_in is None else tokens.expires_in
    return AccessToken(_usable(tokens.access_token), lifetime, tokens.request_id)


def fetch_refresh_token(
    http: httpx.Client, endpoints: Endpoints, *, client: tuple[str, str], code: str, redirect: str
) -> str:
    """Trade the code of a consent, within its five minutes, for a refresh token."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    return _usable(_ask(http, endpoints, client, form).refresh_token)


def fingerprint(*secrets: str) -> str:
    """Return a name for these secrets that may be a key: they cannot be read back."""
    return hashlib.sha256("\0".join(secrets).encode()).hexdigest()[:32]


def _ask(
    http: httpx.Client, endpoints: Endpoints, client: tuple[str, str], form: dict[str, str]
) -> _Tokens:
    data = {**form, "client_id": client[0], "client_secret": client[1]}
    request = http.build_request("POST", endpoints.lwa_url, data=data)
    # Repeatable: several tokens may be valid at once, and a used code is refused as such.
    answer = send_logged(http, request, operation=f"lwa.{form['grant_type']}", is_repeatable=True)
    tokens = _read(answer)
    if answer.status == 200:
        tokens.request_id = answer.request_id
        return tokens
    raise _failure(answer, tokens.error or "", form["grant_type"], client[0])


def _read(answer: Answer) -> _Tokens:
    tokens = decoded(_tokens, answer.body) if answer.is_json else None
    return tokens or _Tokens()


def _usable(token: str | None) -> str:
    """Return the token where it can stand in a header; anything else is not from Amazon."""
    if token and token.isascii() and token.isprintable() and " " not in token:
        return token
    raise ContractError(LWA_UNREADABLE, code="contract")


def _failure(answer: Answer, error: str, grant: str, client_id: str) -> RemoteError:
    request_id = answer.request_id
    if answer.status == 429:
        wait = answer.retry_after or BUSY_SECONDS
        return Throttled(LWA_BUSY, code="throttled", request_id=request_id, retry_after=wait)
    if answer.status >= 500 or error in ("server_error", "temporarily_unavailable"):
        return TemporaryError(
            LWA_UNAVAILABLE, code="unavailable", request_id=request_id, status=answer.status
        )
    if not error:
        return ContractError(LWA_UNREADABLE, code="contract", request_id=request_id)
    text, code = _sentence(error, grant, client_id)
    return BadCredentials(text, code=code, request_id=request_id)


def _sentence(error: str, grant: str, client_id: str) -> tuple[str, str]:
    if error == "invalid_grant" and grant == "authorization_code":
        return CODE_REFUSED, "code_refused"
    if error == "invalid_grant":
        return TOKEN_REFUSED, "authorization_ended"
    if error == "invalid_client" and client_id.startswith(APP_ID_PREFIXES):
        return CLIENT_ID_IS_APP_ID, "client_id_is_app_id"
    if error == "invalid_client":
        return CLIENT_REFUSED, "client_refused"
    if error == "unauthorized_client":
        return OTHER_APPLICATION, "other_application"
    return MALFORMED, "credentials_malformed"
