"""Whatever breaks, and whatever is sent to the doors: nobody says a buyer's name for it."""

import pytest

from tests.proofs.test_lives import run


def test_a_few_faults_and_odd_requests_say_nothing_of_a_buyer():
    verdict = run("tests.proofs.leaking", "--points", "6", "--requests", "40")

    assert verdict["leaks"] == []
    assert verdict["points"] == 6
    assert verdict["pages"]["200"] > 20
    assert {"200", "302", "404"} <= set(verdict["answers"])
    assert verdict["log_lines"] > 0


@pytest.mark.proof
def test_a_fault_in_every_function_and_twenty_thousand_requests_say_nothing():
    verdict = run("tests.proofs.leaking", "--points", "0", "--requests", "20000")

    assert verdict["leaks"] == []
    assert verdict["points"] > 300
