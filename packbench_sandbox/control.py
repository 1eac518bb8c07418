"""The control plane under /_sandbox/: look into the world and change it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packbench_sandbox.carrier.selling import KEY
from packbench_sandbox.clock import iso
from packbench_sandbox.wire import Refusal, Request, Response, answer
from packbench_sandbox.world.orders import Order

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

Facts = dict[str, Any]


def summary(sandbox: Sandbox, request: Request) -> Response:
    clock = sandbox.clock
    return answer(
        {
            "url": sandbox.url,
            "now": iso(clock.now()),
            "speed": clock.speed,
            "seed": sandbox.world.seed,
            "epoch": iso(sandbox.world.epoch),
            "ledger_entries": sandbox.ledger.count(),
            "faults": [fault.as_dict() for fault in sandbox.faults.armed],
            "stats": sandbox.stats(),
        }
    )


def show_stats(sandbox: Sandbox, request: Request) -> Response:
    return answer(sandbox.stats())


def show_ledger(sandbox: Sandbox, request: Request) -> Response:
    """Entries of one kind or all; further parameters must equal facts that are texts."""
    facts = {name: values[0] for name, values in request.query.items() if name != "kind"}
    return answer({"entries": sandbox.ledger.entries(request.first("kind") or None, **facts)})


def set_clock(sandbox: Sandbox, request: Request) -> Response:
    """`{"advance": seconds}`, `{"speed": factor}` (0 freezes), or both."""
    facts = _body(request)
    if "speed" in facts:
        sandbox.clock.set_speed(float(facts["speed"]))
    if "advance" in facts:
        sandbox.clock.advance(float(facts["advance"]))
    return answer({"now": iso(sandbox.clock.now()), "speed": sandbox.clock.speed})


def arm_fault(sandbox: Sandbox, request: Request) -> Response:
    return answer(sandbox.faults.arm(**_body(request)).as_dict(), 201)


def clear_faults(sandbox: Sandbox, request: Request) -> Response:
    sandbox.faults.clear()
    return answer({"faults": []})


def set_rates(sandbox: Sandbox, request: Request) -> Response:
    """`{"scale": 10}`, `{"operation", "rate", "burst"}`, `{"reset": true}`: fill all buckets."""
    facts = _body(request)
    if "scale" in facts:
        sandbox.throttle.scale = float(facts["scale"])
    if "operation" in facts:
        sandbox.throttle.override(facts["operation"], float(facts["rate"]), float(facts["burst"]))
    if facts.get("reset"):
        sandbox.throttle.reset()
    return answer(sandbox.stats())


def set_settings(sandbox: Sandbox, request: Request) -> Response:
    """Change `withhold`, `settle_seconds`, `commit_lag` or `feed_seconds`."""
    facts = _body(request)
    if facts.get("withhold", "omit") not in ("omit", "refuse"):
        raise ValueError("withhold is omit or refuse.")
    sandbox.withhold = facts.get("withhold", sandbox.withhold)
    sandbox.commit_lag = float(facts.get("commit_lag", sandbox.commit_lag))
    sandbox.feed_seconds = float(facts.get("feed_seconds", sandbox.feed_seconds))
    world = sandbox.world
    world.settle_seconds = float(facts.get("settle_seconds", world.settle_seconds))
    return answer(
        {
            "withhold": sandbox.withhold,
            "commit_lag": sandbox.commit_lag,
            "settle_seconds": world.settle_seconds,
            "feed_seconds": sandbox.feed_seconds,
        }
    )


def show_sellers(sandbox: Sandbox, request: Request) -> Response:
    client_id = sandbox.grants.demo.client_id
    sellers = [
        {
            "key": seller.key,
            "seller_id": seller.id,
            "name": seller.name,
            "region": seller.region,
            "plan": seller.plan,
            "marketplaces": [{"country": m.country, "id": m.id} for m in seller.marketplaces],
            "roles": sorted(sandbox.grants.roles(seller.id, client_id)),
        }
        for seller in sandbox.world.sellers.values()
    ]
    return answer({"sellers": sellers})


def show_app(sandbox: Sandbox, request: Request) -> Response:
    """The demo application's credentials, and the addresses to reach everything at."""
    demo = sandbox.grants.demo
    return answer(
        {
            "name": demo.name,
            "client_id": demo.client_id,
            "client_secret": demo.client_secret,
            "application_id": demo.application_id,
            "redirect_uris": demo.redirect_uris,
            "is_draft": demo.is_draft,
            "token_url": f"{sandbox.url}/auth/o2/token",
            "seller_central_url": f"{sandbox.url}/sellercentral",
            "endpoints": {region: f"{sandbox.url}/{region}" for region in ("na", "eu", "fe")},
            "carrier": {"url": f"{sandbox.url}/carrier/v1", "key": KEY},
        }
    )


def change_app(sandbox: Sandbox, request: Request) -> Response:
    """`{"is_draft": true}` makes consent need `version=beta`."""
    sandbox.grants.set_draft(sandbox.grants.demo.client_id, bool(_body(request)["is_draft"]))
    return show_app(sandbox, request)


def register_redirect_uri(sandbox: Sandbox, request: Request) -> Response:
    sandbox.grants.register_redirect_uri(sandbox.grants.demo.client_id, _body(request)["uri"])
    return show_app(sandbox, request)


def authorize(sandbox: Sandbox, request: Request) -> Response:
    """`{"seller"}`: a refresh token without any page, for set-up."""
    facts = _body(request)
    return answer(sandbox.authorize(facts["seller"], facts.get("application", "demo")), 201)


def revoke(sandbox: Sandbox, request: Request) -> Response:
    facts = _body(request)
    sandbox.revoke(facts["seller"], facts.get("application", "demo"))
    return answer({"revoked": facts["seller"]})


def renew(sandbox: Sandbox, request: Request) -> Response:
    """`{"seller"}`: as in Manage Your Apps, for another year and with the same tokens."""
    facts = _body(request)
    sandbox.renew(facts["seller"], facts.get("application", "demo"))
    return answer({"renewed": facts["seller"]})


def rotate_secret(sandbox: Sandbox, request: Request) -> Response:
    """`{}`: a new client secret; the old one works for seven more days."""
    facts = _body(request)
    sandbox.rotate_secret(facts.get("application", "demo"))
    return show_app(sandbox, request)


def set_roles(sandbox: Sandbox, request: Request) -> Response:
    """`{"seller", "roles": […]}`: holds at once, without a new authorization."""
    facts = _body(request)
    sandbox.set_roles(facts["seller"], facts["roles"], facts.get("application", "demo"))
    return answer({"roles": facts["roles"]})


def expire_links(sandbox: Sandbox, request: Request) -> Response:
    """`{}`: every link to a customization that was given so far is dead."""
    sandbox.expire_links()
    return answer({"link_generation": sandbox.link_generation})


def move_parcel(sandbox: Sandbox, request: Request, tracking_number: str) -> Response:
    """`{"code", "at", "estimated_at"}`: what the carrier says of a parcel that it sold."""
    return answer(sandbox.move_parcel(tracking_number, **_body(request)), 201)


def create_order(sandbox: Sandbox, request: Request) -> Response:
    """`{"seller", "country", "traits": […], "overrides": {…}, "age_seconds"}`."""
    order = sandbox.world.create_order(**_body(request))
    return answer(_brief(sandbox, order), 201)


def list_orders(sandbox: Sandbox, request: Request) -> Response:
    """`?seller=&country=&trait=&status=`: find orders to act on."""
    facts = {name: values[0] for name, values in request.query.items()}
    orders = sandbox.world.orders(facts.pop("seller"), **facts)
    return answer({"orders": [_brief(sandbox, order) for order in orders]})


def show_order(sandbox: Sandbox, request: Request, order_id: str) -> Response:
    return answer(_brief(sandbox, _known(sandbox, order_id)))


def change_order(sandbox: Sandbox, request: Request, order_id: str, change: str) -> Response:
    """Cancel, ask to cancel, or change the delivery address (facts put into the old one)."""
    order = _known(sandbox, order_id)
    facts = _body(request)
    steps: dict[str, Any] = {
        "cancel": sandbox.cancel_order,
        "request-cancel": sandbox.request_cancel,
        "change-address": sandbox.change_address,
        "hide": sandbox.hide_order,
        "announce": sandbox.announce,
    }
    steps[change](order.id, **facts)
    return answer(_brief(sandbox, order))


def guarded(step: Any) -> Any:
    """Answer 400 for what is wrong in a control request, instead of falling over."""

    def run(sandbox: Sandbox, request: Request, **names: str) -> Response:
        try:
            return step(sandbox, request, **names)
        except (KeyError, TypeError, ValueError) as error:
            raise Refusal(answer({"error": f"{type(error).__name__}: {error}"}, 400)) from error

    return run


def _body(request: Request) -> Facts:
    facts = request.json()
    if facts is None:
        return {}
    if not isinstance(facts, dict):
        raise ValueError("The body must be a JSON object.")
    return facts


def _known(sandbox: Sandbox, order_id: str) -> Order:
    order = sandbox.world.find(order_id)
    if order is None:
        raise Refusal(answer({"error": f"There is no order {order_id}."}, 404))
    return order


def _brief(sandbox: Sandbox, order: Order) -> Facts:
    state = sandbox.world.state(order.id)
    return {
        "order_id": order.id,
        "seller_id": order.seller_id,
        "marketplace_id": order.marketplace_id,
        "status": state.status,
        "traits": order.traits,
        "created_at": iso(order.created_at),
        "updated_at": iso(state.updated_at),
        "items": [
            {"order_item_id": item, "quantity": units} for item, units in order.quantities.items()
        ],
        "packages": list(state.packages.values()),
    }
