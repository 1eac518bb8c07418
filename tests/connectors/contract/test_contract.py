"""What every carrier keeps, whatever it is: `carriers/base.py` promises no more and no less."""

import contextlib
import logging

import pytest
import structlog
from msgspec.structs import replace

from packbench.carriers.base import Feature, Rates, RetryClass, Tracking
from packbench.carriers.kinds import BY_CODE
from packbench.carriers.registry import CARRIERS
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    Unsupported,
)
from packbench.lib.money import Money
from tests.connectors.contract.playing import BUYER, PLAYERS, SECRET

MAGIC = {"pdf": b"%PDF-", "zpl": b"^XA", "png": b"\x89PNG"}


def prepared(carrier, request):
    return replace(request, ticket=carrier.prepare(request).ticket)


def test_every_carrier_of_the_registry_stands_in_the_contract():
    names = {player.name for player in PLAYERS}

    assert names == {code for code in CARRIERS if code not in NOT_PLAYED}


NOT_PLAYED = {"rated"}  # made up by other tests


def test_it_can_do_what_it_declares_and_refuses_the_rest(player, carrier, sandbox):
    request = player.request(sandbox)
    bought = carrier.buy(prepared(carrier, request))
    deeds = {
        Feature.RATES: lambda: carrier.rates(request),
        Feature.TRACKING: lambda: carrier.track(bought.tracking_number, bought.carrier_label_id),
        Feature.MANIFEST: lambda: carrier.manifest((bought.carrier_label_id,), request.reference),
        Feature.VOID: lambda: carrier.void(bought.carrier_label_id),
    }

    for feature, deed in deeds.items():
        if feature in carrier.features:
            deed()
        else:
            with pytest.raises(Unsupported):
                deed()


def test_a_return_label_is_another_one_that_is_found_again(player, carrier, sandbox):
    if Feature.RETURNS not in carrier.features:
        return
    there = carrier.buy(prepared(carrier, player.request(sandbox)))
    back = prepared(carrier, player.request(sandbox, is_return=True))

    bought = carrier.buy(back)

    assert bought.carrier_label_id != there.carrier_label_id
    assert bought.tracking_number != there.tracking_number
    assert bought.files
    assert carrier.find(back).carrier_label_id == bought.carrier_label_id


def test_what_it_declares_is_what_people_are_shown(player, carrier):
    shown = BY_CODE[player.name]

    assert shown.features == carrier.features
    assert carrier.quarantine_s >= 0
    assert carrier.limits.weight_g > 0
    assert set(carrier.formats) <= set(MAGIC)
    assert carrier.formats
    assert (Feature.TRACKING in carrier.features) >= (Feature.PUSH in carrier.features)


def test_rates_are_prices_or_not_known_and_have_their_times_in_a_zone(player, carrier, sandbox):
    if Feature.RATES not in carrier.features:
        return
    rates = carrier.rates(player.request(sandbox))

    assert isinstance(rates, Rates)
    assert rates.offers
    for rate in rates.offers:
        assert is_price(rate.cost)
        assert all(is_price(cost) for _, cost in rate.parts)
        assert all(is_price(extra.cost) for extra in rate.extras)
        assert rate.service
        assert rate.deliver_at is None or rate.deliver_at.tzinfo
    for refused in rates.refused:
        assert refused.reasons


def is_price(cost):
    return cost is None or (isinstance(cost, Money) and cost.amount > 0 and len(cost.currency) == 3)


def test_preparing_sells_nothing_however_often(player, carrier, sandbox):
    request = player.request(sandbox)

    first, again = carrier.prepare(request), carrier.prepare(request)

    assert is_price(first.cost)
    assert first.cost == again.cost
    assert player.sold(sandbox, request) == []


def test_a_label_has_its_number_its_price_and_files_that_are_what_they_claim(
    player, carrier, sandbox
):
    request = player.request(sandbox)
    offer = carrier.prepare(request)

    bought = carrier.buy(replace(request, ticket=offer.ticket))

    assert bought.tracking_number
    assert bought.carrier_label_id
    assert is_price(bought.cost)
    labels = [file for file in bought.files if file.kind == "label"]
    assert labels
    for file in labels:
        assert file.format in carrier.formats
        assert file.content.lstrip().startswith(MAGIC[file.format])
        assert file.size == request.label_size
    if player.has_ledger:
        (sold,) = player.sold(sandbox, request)
        assert sold["tracking_number"] == bought.tracking_number


def test_a_price_of_nothing_is_a_price_not_known(player, carrier, sandbox, monkeypatch):
    if not player.has_ledger:
        return
    player.give_away(monkeypatch)
    request = player.request(sandbox)

    offer = carrier.prepare(request)
    bought = carrier.buy(replace(request, ticket=offer.ticket))

    assert offer.cost is None
    assert bought.cost is None
    if Feature.RATES in carrier.features:
        assert {rate.cost for rate in carrier.rates(player.request(sandbox)).offers} == {None}


def test_asked_twice_a_carrier_sells_as_often_as_its_class_says(player, carrier, sandbox):
    request = prepared(carrier, player.request(sandbox))

    first, again = carrier.buy(request), carrier.buy(request)

    if carrier.retry_class in (RetryClass.KEYED, RetryClass.TWO_PHASE):
        assert again == first
        assert len(player.sold(sandbox, request)) <= 1
    else:  # so nobody may ask twice: what got lost is looked up
        assert len(player.sold(sandbox, request)) == 2


def test_a_lost_answer_is_a_doubt_that_ends_as_the_class_says(player, carrier, sandbox):
    if not player.has_ledger:
        return
    request = prepared(carrier, player.request(sandbox))
    sandbox.faults.arm("lost_answer", player.sells)

    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)

    (sold,) = player.sold(sandbox, request)
    if carrier.retry_class is RetryClass.KEYED:
        assert carrier.buy(request).tracking_number == sold["tracking_number"]
    elif carrier.retry_class is RetryClass.BLIND:
        found = carrier.find(request)
        assert found is None or found.tracking_number == sold["tracking_number"]
    else:
        assert carrier.find(request).tracking_number == sold["tracking_number"]
    assert len(player.sold(sandbox, request)) == 1


def test_what_it_still_writes_down_is_not_found_within_the_quarantine(player, carrier, sandbox):
    if carrier.retry_class not in (RetryClass.SEARCHABLE, RetryClass.TWO_PHASE):
        return
    request = prepared(carrier, player.request(sandbox))
    sandbox.commit_lag = carrier.quarantine_s / 2
    sandbox.faults.arm("lost_answer", player.sells)
    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)

    assert carrier.find(request) is None
    sandbox.clock.advance(carrier.quarantine_s)

    assert carrier.find(request) is not None


def test_what_was_never_bought_is_not_found(player, carrier, sandbox):
    if carrier.retry_class is RetryClass.KEYED:
        return  # asked again it would sell: it is not looked up
    request = prepared(carrier, player.request(sandbox))

    assert carrier.find(request) is None


def test_a_label_is_given_back_once_and_asking_again_is_no_error(player, carrier, sandbox):
    request = prepared(carrier, player.request(sandbox))
    bought = carrier.buy(request)

    carrier.void(bought.carrier_label_id)
    carrier.void(bought.carrier_label_id)

    if player.has_ledger:
        (sold,) = player.sold(sandbox, request)
        assert sandbox.ledger.count("label.voided", label_id=sold["label_id"]) == 1
    if carrier.retry_class is RetryClass.SEARCHABLE:
        assert carrier.find(request) is None


@pytest.mark.parametrize("number", ["", "NOPE", "a b c d", "../../x?y=1#z", "ñ\u2603", "9" * 300])
def test_a_number_that_it_does_not_know_is_refused_or_says_nothing(player, carrier, number):
    if Feature.TRACKING in carrier.features:
        with contextlib.suppress(Rejected):
            assert carrier.track(number, number) == Tracking(estimated_at=None)
    if player.has_ledger and Feature.VOID in carrier.features:
        with pytest.raises(Rejected):
            carrier.void(number)


@pytest.mark.parametrize("grams", [0, -5, 10**7])
def test_a_parcel_beyond_its_limits_is_refused_before_anything_is_paid(
    player, carrier, sandbox, grams
):
    request = player.request(sandbox, weight_g=grams)

    with pytest.raises(Rejected):
        carrier.buy(prepared(carrier, request))

    assert player.sold(sandbox, request) == []


def test_a_service_that_it_has_not_is_refused(player, carrier, sandbox):
    request = player.request(sandbox, service="no such service")

    with pytest.raises(Rejected):
        carrier.buy(prepared(carrier, request))

    assert player.sold(sandbox, request) == []


def test_credentials_that_it_does_not_take_ask_for_others(player, sandbox):
    if not player.has_ledger:
        return
    carrier, request = player.open(sandbox, is_good=False), player.request(sandbox)

    with pytest.raises(BadCredentials):
        carrier.buy(prepared(carrier, request))

    assert player.sold(sandbox, request) == []


ECHO = f"No parcel for {BUYER}, token Atzr|{SECRET}"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
def test_neither_secrets_nor_the_buyer_are_in_errors_or_logs(
    player, sandbox, status, caplog, capsys
):
    if not player.has_ledger:
        return
    caplog.set_level(logging.DEBUG)
    errors = []
    with structlog.testing.capture_logs() as logged:
        for is_good in (False, True):
            carrier = player.open(sandbox, is_good=is_good)
            request = player.request(sandbox)
            call = player.sells if is_good else None
            words = {"status": status, "code": "NO", "message": ECHO}
            sandbox.faults.arm("refused", call, count=9, **words)
            try:
                carrier.buy(prepared(carrier, request))
            except RemoteError as error:
                errors.append(error)
            sandbox.faults.clear()

    assert len(errors) == 2
    said = " ".join(f"{error!r} {error} {error.sentence} {vars(error)}" for error in errors)
    said += repr(logged) + caplog.text + "".join(capsys.readouterr()) + repr(carrier)
    assert SECRET not in said
    assert BUYER not in said
    for value in player.secrets.values():
        assert value not in said


def test_refusals_are_sentences_that_can_be_shown(player, carrier, sandbox):
    with pytest.raises(RemoteError) as refusal:
        carrier.buy(prepared(carrier, player.request(sandbox, weight_g=0)))

    assert str(refusal.value.sentence).endswith(".")
    assert "%(" not in str(refusal.value.sentence)
    assert refusal.value.code


def test_an_address_with_every_letter_goes_through_or_is_refused(player, carrier, sandbox):
    request = player.request(sandbox)
    odd = replace(request.ship_to, name="渡辺 “Ñandú” <b>&\u202e", line1="Straße 5\u0000")

    try:
        carrier.buy(prepared(carrier, replace(request, ship_to=odd)))
    except (Rejected, NotFound):
        assert player.sold(sandbox, request) == []
