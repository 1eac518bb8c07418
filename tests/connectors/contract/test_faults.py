"""Every call of every carrier, gone wrong in every way: an error of ours comes out, in time."""

import time
from collections import Counter
from zlib import crc32

import pytest
from msgspec.structs import replace

from packbench.connectors.amazon.tokens import SHARED_TOKENS
from packbench.lib.errors import (
    OutcomeUnknown,
    RemoteError,
    TemporaryError,
    Throttled,
)
from tests.connectors.contract.playing import PLAYERS
from tests.connectors.contract.troubling import (
    DEADLINE_S,
    SLACK_S,
    TROUBLES,
    Scene,
    Trouble,
    calls_of,
    hurried,
    steps_of,
)

EVERYDAY = ("reset", "lost_answer", "html", "500_after", "wrong_type", "bad_gzip", "headers")
CUTS = 120  # places in an answer


def suffer(player, sandbox, step, operation, trouble):
    """Let the call go wrong in this way. Returns the error's kind, or an empty word."""
    scene = Scene(player, sandbox, step)
    SHARED_TOKENS._kept.clear()  # so that signing in is among the calls
    before = sum(sandbox.throttle.calls.values())
    trouble.arm(sandbox, operation)
    began = time.monotonic()
    said = ""
    try:
        with hurried():
            scene.take()
    except RemoteError as error:
        said = type(error).__name__
        check_sentence(error)
    took = time.monotonic() - began
    sandbox.faults.clear()
    calls = max(1, sum(sandbox.throttle.calls.values()) - before)
    assert took <= calls * DEADLINE_S + SLACK_S, f"{took:.1f} s for {calls} calls"
    check_effects(scene, said)
    return said


def check_sentence(error):
    assert str(error.sentence).endswith(".")
    assert "%(" not in str(error.sentence)
    assert error.code
    if isinstance(error, Throttled) and error.retry_after is not None:
        assert error.retry_after >= 0


def check_effects(scene, said):
    """Who heard that nothing happened must be right, and nothing is sold more than once."""
    sold = scene.player.sold(scene.sandbox, scene.request)
    assert len(sold) <= 1
    if scene.step in ("rates", "inputs", "prepare"):
        assert sold == []
    nothing_happened = said and said != OutcomeUnknown.__name__
    if scene.step == "buy" and nothing_happened:
        assert sold == [], f"{said}, but it was sold"
    if scene.step != "buy":
        assert said != OutcomeUnknown.__name__ or scene.step in ("manifest",)


@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player.name)
def test_calls_that_go_wrong_end_in_an_error_of_ours(player, sandbox):
    for step in steps_of(player, player.open(sandbox)):
        for operation in calls_of(player, sandbox, step):
            of_today = EVERYDAY[crc32((step + operation).encode()) % len(EVERYDAY)]
            for trouble in TROUBLES:
                is_sold = step == "buy" and trouble.name in EVERYDAY
                if is_sold or trouble.name == of_today:
                    suffer(player, sandbox, step, operation, trouble)


@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player.name)
def test_a_carrier_that_nobody_can_reach_has_sold_nothing(player, sandbox, unused_port):
    if not player.has_ledger:
        return
    request = player.request(sandbox)
    carrier = player.open(sandbox, at=f"http://127.0.0.1:{unused_port}")

    with pytest.raises(TemporaryError) as failure:
        carrier.buy(carrier_ticket(player, sandbox, request))

    assert failure.value.code == "not_reached"
    assert player.sold(sandbox, request) == []


def carrier_ticket(player, sandbox, request):
    return replace(request, ticket=player.open(sandbox).prepare(request).ticket)


@pytest.mark.proof
@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player.name)
def test_every_call_lives_through_every_trouble(player, sandbox):
    said, began = Counter(), time.monotonic()
    for step in steps_of(player, player.open(sandbox)):
        for operation in calls_of(player, sandbox, step):
            for trouble in TROUBLES:
                where = f"{player.name}, {step}, {operation}, {trouble.name}"
                try:
                    said[suffer(player, sandbox, step, operation, trouble) or "went well"] += 1
                except BaseException as fault:
                    fault.add_note(where)
                    raise
    took = time.monotonic() - began
    print(
        f"\n{player.name}: {said.total()} calls in {len(TROUBLES)} troubles, {took:.0f} s: {said}"
    )


@pytest.mark.proof
@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player.name)
def test_an_answer_that_is_cut_anywhere_is_a_doubt_or_whole(player, sandbox):
    if not player.has_ledger:
        return
    said = Counter()
    for operation in calls_of(player, sandbox, "buy"):
        for place in [*range(CUTS), *range(CUTS, 4000, 4000 // CUTS)]:
            trouble = Trouble("cut", {"at": place})
            said[suffer(player, sandbox, "buy", operation, trouble) or "went well"] += 1
    print(f"\n{player.name}: {said.total()} answers cut: {said}")
