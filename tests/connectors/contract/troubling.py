"""Every way in which a call can go wrong, and every call that a carrier makes."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from packbench.carriers.base import Feature
from packbench.connectors.amazon.tokens import SHARED_TOKENS
from packbench.lib.errors import Unsupported

DEADLINE_S = 0.6  # instead of a minute
LATE_S = 1.5  # more than that
SLACK_S = 2.0  # of a machine that is busy


@dataclass(frozen=True)
class Trouble:
    """One fault of the sandbox. Before the effect nothing happened there; after it, it did."""

    kind: str
    options: dict = field(default_factory=dict)
    word: str = ""

    @property
    def name(self):
        return self.word or self.kind

    def arm(self, sandbox, operation, count=1):
        sandbox.faults.arm(self.kind, operation, count=count, **self.options)


TROUBLES = (
    # Nothing happened there.
    Trouble("reset"),
    Trouble("timeout", {"seconds": LATE_S}),
    Trouble("408"),
    Trouble("429"),
    Trouble("429", {"retry_after": "7"}, "429 with Retry-After"),
    Trouble("429", {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "429 with a date"),
    Trouble("500"),
    Trouble("502"),
    Trouble("503_html"),
    Trouble("503_empty"),
    Trouble("504"),
    Trouble("html_before"),
    # It happened, and nobody can tell.
    Trouble("lost_answer"),
    Trouble("reset_after"),
    Trouble("500_after"),
    Trouble("cut"),
    Trouble("cut", {"at": 0}, "cut before a byte"),
    Trouble("cut", {"at": 9}, "cut in the status"),
    Trouble("cut", {"at": 60}, "cut in the head"),
    Trouble("slow", {"seconds": LATE_S}),
    Trouble("slow", {"seconds": 0.2}, "slow, but in time"),
    Trouble("delay", {"delay_seconds": LATE_S}),
    Trouble("html"),
    Trouble("empty"),
    Trouble("no_content"),
    Trouble("redirect"),
    Trouble("bad_json"),
    Trouble("wrong_type"),
    Trouble("not_utf8"),
    Trouble("bad_gzip"),
    Trouble("gzip_bomb"),
    Trouble("wrong_length"),
    Trouble("huge", {"size": 10_000_000}, "10 MB"),
    Trouble("huge", {}, "40 MB"),
    Trouble("garbage"),
    Trouble("headers"),
    Trouble("interim", {"seconds": LATE_S}),
    Trouble("endless", {"seconds": LATE_S}),
)
# Steps of a carrier that reach out, and the feature that they need.
STEPS = {
    "rates": Feature.RATES,
    "inputs": Feature.INPUTS,
    "prepare": None,
    "buy": None,
    "find": None,
    "track": Feature.TRACKING,
    "void": Feature.VOID,
    "manifest": Feature.MANIFEST,
}
ASKING_MORE = {"amazon_shipping": "UPS_INTL"}  # a service that asks for more inputs


@contextmanager
def hurried():
    """Let every call be over in DEADLINE_S."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("packbench.lib.http.DEADLINE_S", DEADLINE_S)
        yield


class Scene:
    """One parcel that is about to take one step."""

    def __init__(self, player, sandbox, step):
        self.player, self.sandbox, self.step = player, sandbox, step
        self.carrier = player.open(sandbox)
        service = ASKING_MORE.get(player.name) if step == "inputs" else None
        changes = {"service": service} if service else {}
        self.request = player.request(sandbox, **changes)
        self.bought = None
        if step in ("buy", "find", "track", "void", "manifest"):
            ticket = self.carrier.prepare(self.request).ticket
            self.request = replace(self.request, ticket=ticket)
        if step in ("find", "track", "void", "manifest"):
            self.bought = self.carrier.buy(self.request)

    def take(self):
        """Take the step; what it raises comes through."""
        bought = self.bought
        deeds = {
            "rates": lambda: self.carrier.rates(self.request),
            "inputs": lambda: self.carrier.inputs(self.request),
            "prepare": lambda: self.carrier.prepare(self.request),
            "buy": lambda: self.carrier.buy(self.request),
            "find": lambda: self.carrier.find(self.request),
            "track": lambda: self.carrier.track(bought.tracking_number, bought.carrier_label_id),
            "void": lambda: self.carrier.void(bought.carrier_label_id),
            "manifest": lambda: self.carrier.manifest(
                (bought.carrier_label_id,), self.request.reference
            ),
        }
        return deeds[self.step]()


def steps_of(player, carrier):
    """The steps that the carrier can take over the wire."""
    return [
        step
        for step, feature in STEPS.items()
        if player.has_ledger and (feature is None or feature in carrier.features)
    ]


def calls_of(player, sandbox, step):
    """The operations of the sandbox that the step calls, sign-in included."""
    scene = Scene(player, sandbox, step)
    SHARED_TOKENS._kept.clear()
    before = dict(sandbox.throttle.calls)
    try:
        scene.take()
    except Unsupported:
        return []
    after = sandbox.throttle.calls
    return [name for name in sorted(after) if after[name] > before.get(name, 0)]
