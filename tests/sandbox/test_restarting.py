"""State is seed and ledger: a killed sandbox comes back as it was."""

import json
import os
import signal
import subprocess
import sys

import httpx

from packbench_sandbox import Sandbox
from packbench_sandbox.carrier.selling import KEY

from .calling import ALL_TIME, START, Caller, make_sandbox


def everything(caller):
    return [page["orders"] for page in caller.pages(includedData="RECIPIENT,PACKAGES")]


def test_the_same_seed_makes_the_same_world():
    worlds = []
    for _ in range(2):
        with make_sandbox(seed=3) as sandbox:
            worlds.append(everything(Caller(sandbox, "far-east")))

    assert worlds[0] == worlds[1]


def test_another_seed_makes_another_world():
    with make_sandbox(seed=3) as one, make_sandbox(seed=4) as two:
        assert one.world.seller("europe").id != two.world.seller("europe").id


def test_effects_survive_a_restart(tmp_path):
    with make_sandbox(state=tmp_path) as sandbox:
        caller = Caller(sandbox, "europe")
        order = sandbox.world.create_order("europe", country="ES", traits=["gift"])
        caller.confirm(order)
        sandbox.set_roles("wide", [])
        sandbox.change_address(order.id, city="Toledo")
        before = caller.order(order.id)

    with make_sandbox(state=tmp_path, seed=99, orders_per_store=1) as sandbox:
        caller.http = httpx.Client(base_url=sandbox.url, verify=False)
        client_id = sandbox.grants.demo.client_id

        assert caller.order(order.id) == before
        assert before["recipient"]["deliveryAddress"]["city"] == "Toledo"
        assert caller.ask_token().status_code == 200
        assert sandbox.grants.roles(sandbox.world.seller("wide").id, client_id) == frozenset()


def test_revocation_survives_a_restart(tmp_path):
    with make_sandbox(state=tmp_path) as sandbox:
        caller = Caller(sandbox, "europe")
        sandbox.revoke("europe")

    with make_sandbox(state=tmp_path) as sandbox:
        caller.http = httpx.Client(base_url=sandbox.url, verify=False)

        assert caller.ask_token().json()["error"] == "invalid_grant"


def test_time_goes_on_where_it_stood(tmp_path):
    with make_sandbox(state=tmp_path) as sandbox:
        sandbox.clock.advance(1000)

    with make_sandbox(state=tmp_path) as sandbox:
        assert sandbox.clock.now() == START + 1000
        assert sandbox.world.epoch == START


def test_time_passes_while_the_sandbox_is_down(tmp_path):
    moment = [START]
    options = {"clock": lambda: moment[0], "speed": 10.0, "state": tmp_path}
    with Sandbox(**options):
        pass

    moment[0] += 60
    with Sandbox(**options) as sandbox:
        assert sandbox.clock.now() == START + 600


def test_a_torn_last_line_is_cut_off(tmp_path):
    with make_sandbox(state=tmp_path) as sandbox:
        sandbox.authorize("europe")
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b'{"kind": "authorization.revoked", "at": 18000')

    with make_sandbox(state=tmp_path) as sandbox:
        assert sandbox.ledger.count("authorization.granted") == 1
        assert sandbox.ledger.count("authorization.revoked") == 0
        sandbox.authorize("europe")

    with make_sandbox(state=tmp_path) as sandbox:
        assert sandbox.ledger.count("authorization.granted") == 2


def start(tmp_path, *options):
    command = [sys.executable, "-m", "packbench_sandbox", "--state", str(tmp_path), *options]
    process = subprocess.Popen(
        [*command, "--port", "0", "--orders-per-store", "3"], stdout=subprocess.PIPE, text=True
    )
    return process, json.loads(process.stdout.readline())["url"]


def test_the_program_survives_being_killed_and_stops_when_told(tmp_path):
    process, url = start(tmp_path)
    label = {
        "reference": "r",
        "service": "express",
        "weight_grams": 1,
        "recipient_country": "ES",
    }
    headers = {"Authorization": f"Bearer {KEY}"}
    tokens = httpx.post(f"{url}/_sandbox/authorizations", json={"seller": "europe"}).json()
    httpx.post(f"{url}/carrier/v1/labels", json=label, headers=headers)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    process, url = start(tmp_path)
    found = httpx.get(f"{url}/carrier/v1/labels?reference=r", headers=headers).json()["labels"]
    form = {"grant_type": "refresh_token", **tokens}
    answer = httpx.post(f"{url}/auth/o2/token", data=form)
    process.terminate()

    assert len(found) == 1
    assert answer.status_code == 200
    assert process.wait(timeout=5) == 0


def test_the_program_takes_speed_and_rates(tmp_path):
    process, url = start(tmp_path, "--speed", "100", "--rate", "searchOrders=5/9")

    state = httpx.get(f"{url}/_sandbox/").json()
    tokens = httpx.post(f"{url}/_sandbox/authorizations", json={"seller": "europe"}).json()
    token = httpx.post(
        f"{url}/auth/o2/token", data={"grant_type": "refresh_token", **tokens}
    ).json()["access_token"]
    answer = httpx.get(
        f"{url}/eu/orders/2026-01-01/orders",
        params={"createdAfter": ALL_TIME},
        headers={"x-amz-access-token": token},
    )
    process.terminate()
    process.wait(timeout=5)

    assert state["speed"] == 100
    assert answer.headers["x-amzn-ratelimit-limit"] == "5"
