"""Who may act for whom: applications, authorizations, codes and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from packbench_sandbox.ledger import Entry
from packbench_sandbox.world.world import World

CODE_SECONDS = 300
TOKEN_SECONDS = 3600
GRANT_SECONDS = 365 * 24 * 3600
SECRET_SECONDS = 180 * 24 * 3600
OVERLAP_SECONDS = 7 * 24 * 3600  # so long the old secret works beside a new one


@dataclass
class Application:
    """A developer's application with its Login-with-Amazon credentials."""

    key: str
    name: str
    client_id: str
    client_secret: str
    application_id: str
    redirect_uris: list[str] = field(default_factory=list)
    is_draft: bool = False
    secret_made_at: float = 0.0
    old_secret: str = ""
    old_secret_ends_at: float = 0.0

    def accepts(self, secret: str, now: float) -> bool:
        """The current secret lives 180 days; the one before it seven days beside it."""
        if secret == self.client_secret:
            return now - self.secret_made_at < SECRET_SECONDS
        return bool(secret) and secret == self.old_secret and now < self.old_secret_ends_at


@dataclass
class Authorization:
    """One consent, with the refresh token it gave.

    After a year without renewal the token is deactivated, not invalidated: a renewal in Manage
    Your Apps makes the same token work again. Revoked is for good.
    """

    id: str
    seller_id: str
    client_id: str
    refresh_token: str
    granted_at: float
    revoked_at: float | None = None
    renewed_at: float | None = None

    @property
    def ends_at(self) -> float:
        return (self.renewed_at or self.granted_at) + GRANT_SECONDS

    def is_alive(self, now: float) -> bool:
        return self.revoked_at is None and now < self.ends_at


@dataclass(frozen=True)
class Access:
    """What a valid access token proves. No seller where the token is grantless."""

    client_id: str
    seller_id: str | None


class BadToken(Exception):
    """The access token proves nothing; the text is Amazon's `details`."""


class Grants:
    """Everything about permission, kept in the ledger and replayed from it."""

    def __init__(self, world: World) -> None:
        self.world = world
        made = _applications(world.seed, world.epoch)
        self.applications = {a.client_id: a for a in made}
        self.authorizations: list[Authorization] = []
        self.codes: dict[str, Entry] = {}
        self._used: set[str] = set()
        self._roles: dict[tuple[str, str], frozenset[str]] = {}
        self._key = hashlib.sha256(f"{world.seed}/tokens/{world.epoch}".encode()).digest()
        self._numbers = itertools.count()

    @property
    def demo(self) -> Application:
        return next(a for a in self.applications.values() if a.key == "demo")

    @property
    def other(self) -> Application:
        """A second application, for tokens that get into the wrong hands."""
        return next(a for a in self.applications.values() if a.key == "other")

    def application(self, application_id: str) -> Application | None:
        found = (a for a in self.applications.values() if a.application_id == application_id)
        return next(found, None)

    def issue_code(
        self, seller_id: str, client_id: str, redirect_uri: str, *, age_seconds: float = 0
    ) -> str:
        """Give a code that is worth an authorization, for five minutes from its issue."""
        code = self._secret("code")
        self._record(
            "code.issued", code=code, seller_id=seller_id, client_id=client_id,
            redirect_uri=redirect_uri, valid_from=self.world.clock.now() - age_seconds,
        )  # fmt: skip
        return code

    def redeem_code(self, code: str, client_id: str, redirect_uri: str) -> Authorization | None:
        """Trade a code for an authorization, once and within five minutes."""
        entry = self.codes.get(code)
        if entry is None or code in self._used:
            return None
        since = entry.get("valid_from") or entry["at"]
        is_late = self.world.clock.now() - since > CODE_SECONDS
        if is_late or entry["client_id"] != client_id or entry["redirect_uri"] != redirect_uri:
            return None
        self._record("code.used", code=code)
        return self.authorize(entry["seller_id"], client_id, via="consent")

    def authorize(self, seller_id: str, client_id: str, *, via: str = "self") -> Authorization:
        """Give a new refresh token. Older ones stay valid."""
        self._record(
            "authorization.granted", seller_id=seller_id, client_id=client_id, via=via,
            refresh_token="Atzr|" + self._secret("refresh"),
        )  # fmt: skip
        return self.authorizations[-1]

    def revoke(self, seller_id: str, client_id: str) -> None:
        """End all authorizations that a seller gave an application. May run again."""
        self._record("authorization.revoked", seller_id=seller_id, client_id=client_id)

    def renew(self, seller_id: str, client_id: str) -> None:
        """Let all tokens that were not revoked work for another year from now."""
        self._record("authorization.renewed", seller_id=seller_id, client_id=client_id)

    def rotate_secret(self, client_id: str) -> str:
        """Make a new client secret; the one before it works for seven more days."""
        secret = "amzn1.oa2-cs.v1." + self._secret("secret")
        self._record("secret.rotated", client_id=client_id, client_secret=secret)
        return secret

    def set_roles(self, seller_id: str, client_id: str, roles: list[str]) -> None:
        self._record("roles.set", seller_id=seller_id, client_id=client_id, roles=roles)

    def register_redirect_uri(self, client_id: str, uri: str) -> None:
        self._record("redirect_uri.registered", client_id=client_id, uri=uri)

    def set_draft(self, client_id: str, is_draft: bool) -> None:
        self._record("application.changed", client_id=client_id, is_draft=is_draft)

    def roles(self, seller_id: str, client_id: str) -> frozenset[str]:
        default = self.world.sellers[seller_id].roles
        return self._roles.get((seller_id, client_id), default)

    def by_refresh_token(self, token: str) -> Authorization | None:
        return next((a for a in self.authorizations if a.refresh_token == token), None)

    def access_token(self, client_id: str, authorization: Authorization | None) -> str:
        """A signed token that needs no memory, so that it outlives a restart."""
        facts = {
            "client": client_id,
            "grant": authorization.id if authorization else None,
            "at": self.world.clock.now(),
            "number": next(self._numbers),
        }
        payload = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()
        return f"Atza|{payload}.{self._sign(payload)}"

    def check(self, token: str) -> Access:
        """What an access token proves now. Raises BadToken."""
        payload, _, signature = token.removeprefix("Atza|").partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(payload).encode()):
            raise BadToken("The access token you provided is revoked, malformed or invalid.")
        facts = json.loads(base64.urlsafe_b64decode(payload))
        now = self.world.clock.now()
        if now - facts["at"] >= TOKEN_SECONDS:
            raise BadToken("The access token you provided has expired.")
        if facts["grant"] is None:
            return Access(facts["client"], None)
        grant = next((a for a in self.authorizations if a.id == facts["grant"]), None)
        if grant is None or not grant.is_alive(now):
            raise BadToken("The access token you provided is revoked, malformed or invalid.")
        return Access(facts["client"], grant.seller_id)

    def replay(self, entry: Entry) -> None:
        """Let an effect of the ledger happen; effects of other kinds are left alone."""
        step = {
            "code.issued": self._replay_code,
            "code.used": lambda e: self._used.add(e["code"]),
            "authorization.granted": self._replay_grant,
            "authorization.revoked": self._replay_revocation,
            "authorization.renewed": self._replay_renewal,
            "secret.rotated": self._replay_rotation,
            "roles.set": self._replay_roles,
            "redirect_uri.registered": self._replay_uri,
            "application.changed": self._replay_application,
        }.get(entry["kind"])
        if step:
            step(entry)

    def _record(self, kind: str, **facts: Any) -> None:
        self.replay(self.world.ledger.append(kind, at=self.world.clock.now(), **facts))

    def _replay_code(self, entry: Entry) -> None:
        self.codes[entry["code"]] = entry

    def _replay_grant(self, entry: Entry) -> None:
        number = f"grant-{len(self.authorizations) + 1}"
        self.authorizations.append(
            Authorization(
                number, entry["seller_id"], entry["client_id"], entry["refresh_token"], entry["at"]
            )
        )

    def _replay_revocation(self, entry: Entry) -> None:
        for grant in self._living(entry):
            grant.revoked_at = entry["at"]

    def _replay_renewal(self, entry: Entry) -> None:
        for grant in self._living(entry):
            grant.renewed_at = entry["at"]

    def _living(self, entry: Entry) -> list[Authorization]:
        """What the seller gave the application and did not take back."""
        whose = (entry["seller_id"], entry["client_id"])
        given = (a for a in self.authorizations if (a.seller_id, a.client_id) == whose)
        return [grant for grant in given if grant.revoked_at is None]

    def _replay_rotation(self, entry: Entry) -> None:
        application = self.applications[entry["client_id"]]
        application.old_secret = application.client_secret
        application.old_secret_ends_at = entry["at"] + OVERLAP_SECONDS
        application.client_secret = entry["client_secret"]
        application.secret_made_at = entry["at"]

    def _replay_roles(self, entry: Entry) -> None:
        self._roles[entry["seller_id"], entry["client_id"]] = frozenset(entry["roles"])

    def _replay_uri(self, entry: Entry) -> None:
        uris = self.applications[entry["client_id"]].redirect_uris
        if entry["uri"] not in uris:
            uris.append(entry["uri"])

    def _replay_application(self, entry: Entry) -> None:
        self.applications[entry["client_id"]].is_draft = entry["is_draft"]

    def _secret(self, purpose: str) -> str:
        """Unguessable from outside, the same in every run that does the same."""
        number = self.world.ledger.count()
        digest = hmac.new(self._key, f"{purpose}/{number}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _sign(self, payload: str) -> str:
        return hmac.new(self._key, payload.encode(), hashlib.sha256).hexdigest()


def _applications(seed: int, epoch: float) -> list[Application]:
    names = {"demo": "Packbench", "other": "Other Tool"}
    return [_application(seed, epoch, key, name) for key, name in names.items()]


def _application(seed: int, epoch: float, key: str, name: str) -> Application:
    digest = hashlib.sha256(f"{seed}/application/{key}".encode()).digest()
    return Application(
        key,
        name,
        client_id=f"amzn1.application-oa2-client.{digest[:16].hex()}",
        client_secret=f"amzn1.oa2-cs.v1.{digest.hex()}",
        application_id=f"amzn1.sp.solution.{uuid.UUID(bytes=digest[16:])}",
        secret_made_at=epoch,
    )
