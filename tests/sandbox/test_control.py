"""The control plane: what tests and the demo set up over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import httpx
import pytest

from packbench_sandbox.clock import iso

from .calling import START, make_sandbox


@pytest.fixture
def control(sandbox):
    with httpx.Client(base_url=f"{sandbox.url}/_sandbox", verify=False) as client:
        yield client


def test_the_summary_tells_the_time_and_the_counts(sandbox, control, europe):
    europe.search()

    facts = control.get("/").json()

    assert (facts["now"], facts["speed"]) == (iso(START), 0.0)
    assert facts["stats"]["calls"]["searchOrders"] == 1
    assert control.get("/stats").json()["calls"]["token"] == 1


def test_the_clock_is_moved_and_frozen(sandbox, control):
    moved = control.post("/clock", json={"advance": 60}).json()
    control.post("/clock", json={"speed": 1000})
    control.post("/clock", json={"speed": 0})

    assert moved["now"] == iso(START + 60)
    assert sandbox.clock.now() == sandbox.clock.now()


def test_faults_are_armed_listed_and_cleared(control, europe):
    armed = control.post("/faults", json={"kind": "500", "operation": "searchOrders", "count": 2})
    failed = europe.search()
    listed = control.get("/").json()["faults"]
    control.delete("/faults")

    assert armed.status_code == 201
    assert failed.status_code == 500
    assert [fault["fired"] for fault in listed] == [1]
    assert europe.search().status_code == 200


def test_sellers_and_application_are_told(sandbox, control):
    sellers = control.get("/sellers").json()["sellers"]
    app = control.get("/app").json()

    assert {"europe", "america", "far-east"} <= {seller["key"] for seller in sellers}
    assert app["client_id"].startswith("amzn1.application-oa2-client.")
    assert app["application_id"].startswith("amzn1.sp.solution.")
    assert app["endpoints"]["eu"] == f"{sandbox.url}/eu"


def test_orders_are_made_to_measure_found_and_changed(sandbox, control):
    wanted = {
        "seller": "europe",
        "country": "DE",
        "traits": ["business"],
        "overrides": {"recipient": {"deliveryAddress": {"name": "Grüße GmbH"}}},
    }
    made = control.post("/orders", json=wanted).json()
    found = control.get("/orders", params={"seller": "europe", "country": "DE"}).json()["orders"]
    asked = control.post(f"/orders/{made['order_id']}/request-cancel", json={}).json()
    changed = control.post(f"/orders/{made['order_id']}/change-address", json={"city": "Ulm"})
    gone = control.post(f"/orders/{made['order_id']}/cancel", json={"by": "BUYER"}).json()

    address = sandbox.world.state(made["order_id"]).address
    assert made["order_id"] in [order["order_id"] for order in found]
    assert (asked["status"], gone["status"]) == ("UNSHIPPED", "CANCELLED")
    assert changed.status_code == 200
    assert (address["name"], address["city"]) == ("Grüße GmbH", "Ulm")


def test_roles_and_authorizations_are_changed(control, europe):
    control.post("/roles", json={"seller": "europe", "roles": []})
    without_role = europe.search().status_code
    control.post("/authorizations/revoke", json={"seller": "europe"})

    assert without_role == 403
    assert europe.ask_token().status_code == 400


def test_the_ledger_is_read_by_kind_and_fact(sandbox, control):
    sandbox.authorize("europe")
    sandbox.authorize("wide")
    wide = sandbox.world.seller("wide").id

    query = {"kind": "authorization.granted", "seller_id": wide}
    entries = control.get("/ledger", params=query).json()["entries"]

    assert [entry["seller_id"] for entry in entries] == [wide]


def test_settings_and_rates_are_changed(sandbox, control):
    control.post("/settings", json={"withhold": "refuse", "settle_seconds": 5, "commit_lag": 9})
    control.post("/rates", json={"operation": "getOrder", "rate": 1, "burst": 2, "reset": True})

    assert (sandbox.withhold, sandbox.commit_lag) == ("refuse", 9)
    assert sandbox.world.settle_seconds == 5
    assert sandbox.throttle.plan("getOrder") == (1, 2)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/faults", {"kind": "earthquake"}),
        ("/faults", {"kind": "500", "colour": "red"}),
        ("/clock", {"advance": -1}),
        ("/orders", {"seller": "nobody"}),
        ("/orders", {"seller": "europe", "traits": ["unheard"]}),
        ("/orders", []),
        ("/settings", {"withhold": "shred"}),
    ],
)
def test_a_wrong_request_is_answered_with_the_reason(control, path, body):
    answer = control.post(path, json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_what_is_unknown_is_not_found(sandbox, control):
    assert control.post("/orders/1/cancel", json={}).status_code == 404
    assert httpx.get(f"{sandbox.url}/nowhere").status_code == 404


def test_many_clients_are_answered_at_once():
    with make_sandbox() as sandbox, ThreadPoolExecutor(8) as pool:
        url = f"{sandbox.url}/_sandbox/stats"
        answers = list(pool.map(lambda _: httpx.get(url, verify=False).status_code, range(40)))

    assert set(answers) == {200}


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [("Transfer-Encoding", "chunked", 411), ("Content-Length", "99999999", 413)],
)
def test_bodies_without_a_sensible_end_are_refused(sandbox, name, value, status):
    connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)
    connection.putrequest("POST", "/auth/o2/token")
    connection.putheader(name, value)
    connection.endheaders()

    assert connection.getresponse().status == status
