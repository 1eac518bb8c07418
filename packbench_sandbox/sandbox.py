"""The sandbox as one thing: clock, ledger, world, permissions, faults, and a server."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from packbench_sandbox.amazon.feeding import work_off
from packbench_sandbox.amazon.granting import Application, Authorization, Grants
from packbench_sandbox.amazon.notifying import message_of
from packbench_sandbox.carrier.tracking import happen
from packbench_sandbox.clock import Anchor, Clock, Source, make_clock
from packbench_sandbox.faults import Faults
from packbench_sandbox.ledger import Ledger
from packbench_sandbox.queueing import Queues, send
from packbench_sandbox.server import Server
from packbench_sandbox.throttling import Throttle
from packbench_sandbox.world.orders import Order
from packbench_sandbox.world.world import World


class Sandbox:
    """A pretend Amazon and a pretend carrier on a loopback port.

    Used as a context manager it serves from threads until the end of the block. With a state
    folder it comes back as it was, even after SIGKILL; what its first start said about the seed
    and the size of the world then holds, whatever is said later.
    """

    def __init__(
        self, *, seed: int = 7, orders_per_store: int = 60, arrivals_per_hour: float = 2.0,
        clock: Clock | Source | float | None = None, speed: float = 1.0,
        state: str | Path | None = None, host: str = "127.0.0.1", port: int = 0,
        rate_scale: float = 1.0, rates: dict[str, tuple[float, float]] | None = None,
        withhold: str = "omit", settle_seconds: float = 120.0, commit_lag: float = 0.0,
    ) -> None:  # fmt: skip
        self.clock = make_clock(clock, speed=speed)
        self.ledger = Ledger(state)
        self.faults = Faults()
        self.queues = Queues()
        self.refused_data: dict[str, bool] = {}
        self.throttle = Throttle(scale=rate_scale, overrides=rates)
        self.withhold, self.commit_lag = withhold, commit_lag
        header = self._open(seed, orders_per_store, arrivals_per_hour)
        self.world = World(
            ledger=self.ledger, clock=self.clock, seed=header["seed"], epoch=header["epoch"],
            orders_per_store=header["orders_per_store"],
            arrivals_per_hour=header["arrivals_per_hour"],
        )  # fmt: skip
        self.world.settle_seconds = settle_seconds
        self.grants = Grants(self.world)
        self.feed_seconds = 90.0  # that Amazon takes for a feed
        self.link_generation = 0  # of the links to customizations: older ones are dead
        self._replay()
        self.server = Server(self, host, port)

    @property
    def url(self) -> str:
        return self.server.url

    def __enter__(self) -> Sandbox:
        self.server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving, cut every open connection, close the ledger."""
        self.server.stop()
        self.ledger.close()

    def stats(self) -> dict[str, Any]:
        """Calls and 429s by operation since this process started."""
        return {
            "calls": dict(self.throttle.calls),
            "throttled": dict(self.throttle.throttled),
        }

    def authorize(self, seller: str, application: str = "demo") -> dict[str, str]:
        """Self-authorize: what a seller would copy into a form, without any page."""
        owner, app = self.world.seller(seller), self.application(application)
        grant: Authorization = self.grants.authorize(owner.id, app.client_id)
        return {
            "seller_id": owner.id,
            "region": owner.region,
            "refresh_token": grant.refresh_token,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        }

    def revoke(self, seller: str, application: str = "demo") -> None:
        self.grants.revoke(self.world.seller(seller).id, self.application(application).client_id)

    def renew(self, seller: str, application: str = "demo") -> None:
        """Renew in Manage Your Apps: the tokens that there are work for another year."""
        self.grants.renew(self.world.seller(seller).id, self.application(application).client_id)

    def expire_links(self) -> None:
        """Let every link to a customization that was given so far be dead."""
        self.link_generation += 1

    def rotate_secret(self, application: str = "demo") -> str:
        return self.grants.rotate_secret(self.application(application).client_id)

    def set_roles(self, seller: str, roles: list[str], application: str = "demo") -> None:
        client_id = self.application(application).client_id
        self.grants.set_roles(self.world.seller(seller).id, client_id, list(roles))

    def application(self, key: str) -> Application:
        """The application `demo` or `other`, by that name or by client id. Raises KeyError."""
        applications = self.grants.applications
        return {**applications, **{a.key: a for a in applications.values()}}[key]

    def move_parcel(
        self, tracking_number: str, code: str, *, at: float | None = None,
        estimated_at: float | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Let the carrier scan, deliver or lose a parcel. Raises KeyError (see tracking.TEXTS)."""
        facts = {"at": at, "estimated_at": estimated_at}
        return happen(self.world, tracking_number, code, **facts)

    def work_off_feeds(self) -> None:
        """Let the feeds happen whose time has come; every request does so first."""
        with self.world.lock:
            work_off(self)

    def cancel_order(
        self, order_id: str, *, by: str = "AMAZON", reason: str = "Payment declined"
    ) -> None:
        """Cancel an order. Raises ValueError where anything of it has been shipped."""
        if self.world.state(order_id).packages:
            raise ValueError("Packages of this order are on their way.")
        facts = {"cancelledBy": by, "cancelReason": reason}
        self.world.record("order.cancelled", order_id=order_id, facts=facts)

    def request_cancel(self, order_id: str, *, reason: str = "Bought by mistake") -> None:
        """Let the buyer ask for cancellation. The order stays as it is until somebody acts."""
        facts = {"requester": "BUYER", "cancelReason": reason}
        self.world.record("order.cancel_requested", order_id=order_id, facts=facts)

    def hide_order(self, order_id: str) -> None:
        """Leave an order out of every search, as Amazon does now and then for no known reason."""
        self.ledger.append("order.hidden", at=self.clock.now(), order_id=order_id)

    def refuse_data(self, name: str, *, is_named: bool = True) -> None:
        """Refuse a value of `includedData` from now on, in words that name it or not; "" ends it.

        Amazon does so now and then for one region, for hours.
        """
        self.refused_data = {**self.refused_data, name: is_named} if name else {}

    def announce(self, order_id: str) -> int:
        """Announce an order to all queues that its seller subscribed; return how many."""
        order = self.world.find(order_id)
        if order is None:
            raise KeyError(order_id)
        entries = self.ledger.entries("subscription.created", seller_id=order.seller_id)
        deleted = {e["subscription"] for e in self.ledger.entries("subscription.deleted")}
        arns = {entry["arn"] for entry in entries if entry["number"] not in deleted}
        for arn in arns:
            send(self, arn, message_of(self.world, order_id))
        return len(arns)

    def change_address(self, order_id: str, **fields: str) -> None:
        """Put fields into the delivery address. Raises ValueError for a digital order."""
        order = self.world.find(order_id)
        old = _address(order) if order else None
        if old is None:
            raise ValueError("The order has no delivery address.")
        now = self.world.state(order_id).address or old
        self.world.record(
            "order.address_changed", order_id=order_id, facts={"address": {**now, **fields}}
        )

    def _open(self, seed: int, orders_per_store: int, arrivals_per_hour: float) -> dict[str, Any]:
        """Read or write the header, put the clock where it belongs, and record its moves."""
        header = self.ledger.open(
            seed=seed,
            epoch=self.clock.now(),
            orders_per_store=orders_per_store,
            arrivals_per_hour=arrivals_per_hour,
        )
        moves = self.ledger.entries("clock.set")
        if moves:
            last = moves[-1]
            self.clock.resume_from(Anchor(last["source"], last["sandbox"], last["speed"]))
        self.clock.on_change = self._record_clock
        self._record_clock(self.clock.anchor)
        return header

    def _record_clock(self, anchor: Anchor) -> None:
        self.ledger.append(
            "clock.set",
            at=anchor.sandbox,
            source=anchor.source,
            sandbox=anchor.sandbox,
            speed=anchor.speed,
        )

    def _replay(self) -> None:
        for entry in self.ledger.entries():
            self.world.replay(entry)
            self.grants.replay(entry)


def _address(order: Order) -> dict[str, Any] | None:
    recipient = order.body.get("recipient")
    return recipient["deliveryAddress"] if recipient else None
