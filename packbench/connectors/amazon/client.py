"""The thin client: a call goes out with a token and a share of the quota, an answer comes back."""

import platform
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from importlib import metadata

import httpx
import msgspec

from packbench.channels.base import Buckets, Credentials, Quota
from packbench.connectors.amazon.answers import Answer, discreet
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.errors import contract_error, failure, unreadable
from packbench.connectors.amazon.lwa import fetch_access_token, fetch_own_token, fingerprint
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.operations import (
    CREATE_RESTRICTED_TOKEN,
    GRANTLESS,
    RESTRICTED,
    Operation,
)
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.sending import send_logged
from packbench.connectors.amazon.throttle import Throttle
from packbench.connectors.amazon.tokens import SHARED_TOKENS, AccessToken, TokenCache
from packbench.lib import clock
from packbench.lib.errors import BadCredentials
from packbench.lib.sentences import marked


class _Restricted(msgspec.Struct, rename="camel"):
    restricted_data_token: str
    expires_in: float


_restricted = msgspec.json.Decoder(_Restricted, strict=False)
NOTIFICATIONS = "sellingpartnerapi::notifications"

ACCESS_REFUSED = marked(
    "Amazon refuses this account's access, even with a fresh token. Authorize the account again "
    "in Seller Central and save the new refresh token."
)


def user_agent() -> str:
    """Return the name that Amazon wants to see with every call."""
    try:
        version = metadata.version("packbench")
    except metadata.PackageNotFoundError:
        version = "source"
    language = "Python/" + ".".join(platform.python_version_tuple()[:2])
    return f"Packbench/{version} (Language={language}; Platform={platform.system()})"


class AmazonClient:
    """One seller account at the Selling Partner API of its region; threads may share it."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        buckets: Buckets,
        endpoints: Endpoints,
        http: httpx.Client,
        tokens: TokenCache = SHARED_TOKENS,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._credentials = credentials
        self._endpoints = endpoints
        self._http = http
        self._tokens = tokens
        self._throttle = Throttle(buckets, credentials)
        self._now = now
        self._token_key = fingerprint(
            endpoints.lwa_url,
            credentials.client_id,
            credentials.client_secret,
            credentials.refresh_token,
        )
        self.last_skew_seconds: float | None = None

    def quota(self, operation: Operation) -> Quota:
        """What is left of the operation's quota."""
        return self._throttle.look(operation)

    def call(self, call: Call) -> Answer:
        """Make the call and return Amazon's answer in 2xx; anything else is raised."""
        token = self._token(call.operation)
        answer = self._attempt(call, token)
        if _is_token_refused(answer):
            # Nothing happened there: the token may have ended early, or its rights have changed.
            self._tokens.forget(self._key(call.operation), token)
            answer = self._attempt(call, self._token(call.operation))
        return self._checked(discreet(answer, call.private), call)

    def sign_in(self) -> str:
        """Fetch a new token whatever is kept: with the roles of now. Returns LWA's request id."""
        request_ids: list[str] = []

        def fetch() -> AccessToken:
            token = self._fetch_token()
            request_ids.append(token.request_id)
            return token

        self._tokens.renew(self._token_key, fetch)
        return "".join(request_ids)

    def _token(self, operation: Operation) -> str:
        fetchers: dict[str, Callable[[], AccessToken]] = {
            GRANTLESS: self._fetch_own_token,
            RESTRICTED: partial(self._fetch_restricted_token, operation),
        }
        return self._tokens.get(
            self._key(operation), fetchers.get(operation.grant, self._fetch_token)
        )

    def _key(self, operation: Operation) -> str:
        keys = {
            GRANTLESS: f"{self._token_key}:own",
            RESTRICTED: f"{self._token_key}:{operation.method} {operation.path}",
        }
        return keys.get(operation.grant, self._token_key)

    def _fetch_restricted_token(self, operation: Operation) -> AccessToken:
        """Fetch a token for what shows a recipient (Tokens 2021-03-01)."""
        resource = {"method": operation.method, "path": operation.path}
        body = msgspec.json.encode({"restrictedResources": [resource]})
        answer = self.call(Call(CREATE_RESTRICTED_TOKEN, body=body))
        token = decoded(_restricted, answer.body)
        if token is None:
            raise contract_error(CREATE_RESTRICTED_TOKEN, answer.request_id)
        return AccessToken(token.restricted_data_token, token.expires_in, answer.request_id)

    def _fetch_own_token(self) -> AccessToken:
        credentials = self._credentials
        return fetch_own_token(
            self._http,
            self._endpoints,
            client=(credentials.client_id, credentials.client_secret),
            scope=NOTIFICATIONS,
        )

    def _fetch_token(self) -> AccessToken:
        credentials = self._credentials
        return fetch_access_token(
            self._http,
            self._endpoints,
            client=(credentials.client_id, credentials.client_secret),
            refresh_token=credentials.refresh_token,
        )

    def _attempt(self, call: Call, token: str) -> Answer:
        self._throttle.take(call.operation)
        answer = send_logged(
            self._http,
            self._request(call, token),
            operation=call.operation.name,
            region=self._credentials.region,
            order_id=call.order_id,
            is_repeatable=call.operation.is_repeatable,
        )
        self._throttle.learn(call.operation, answer)
        self._notice_skew(answer.date)
        return answer

    def _request(self, call: Call, token: str) -> httpx.Request:
        headers = {
            **call.headers,
            "x-amz-access-token": token,
            "user-agent": user_agent(),
            "accept": "application/json",
        }
        if call.body:
            headers["content-type"] = "application/json"
        url = call.url(self._endpoints.api(self._credentials.region))
        return self._http.build_request(
            call.operation.method, url, headers=headers, content=call.body or None
        )

    def _checked(self, answer: Answer, call: Call) -> Answer:
        if answer.status == 429:
            raise self._throttle.refused(call.operation, answer)
        if _is_token_refused(answer):
            raise BadCredentials(
                ACCESS_REFUSED, code="access_refused", request_id=answer.request_id
            )
        if not 200 <= answer.status < 300:
            raise failure(answer, call.operation)
        if not answer.is_readable or (answer.status != 204 and not answer.body):
            raise unreadable(call.operation, answer.request_id)
        return answer

    def _notice_skew(self, date: str) -> None:
        """Keep how many seconds Amazon's clock is ahead of ours; it tells whole seconds."""
        try:
            self.last_skew_seconds = (parsedate_to_datetime(date) - self._now()).total_seconds()
        except (TypeError, ValueError):
            self.last_skew_seconds = None


def _is_token_refused(answer: Answer) -> bool:
    return answer.status in (401, 403) and answer.fault.is_about_the_token
