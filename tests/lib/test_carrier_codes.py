"""Carriers in Amazon's spelling, and the shapes of their tracking numbers."""

import re

import pytest

from packbench.carriers.naming import carrier_words
from packbench.carriers.registry import CARRIERS
from packbench.connectors.local.services import own_services
from packbench.connectors.sandbox.services import SERVICES as SANDBOX
from packbench.lib.carrier_codes import OTHER, code_of, codes, example_of, file, fits

# Numbers as carriers and Amazon's documents print them, none of a real parcel.
REAL = {
    "UPS": ["1Z999AA10123456784", "1Z 999 AA1 01 2345 6784"],
    "USPS": ["9400 1118 9922 3817 4284 90", "EA123456789US"],
    "FedEx": ["9612 3456 7890", "961234567890123"],
    "DHL": ["00340434161094015902", "JJD000390007827395723"],
    "DPD": ["01505014280123", "15501234567890"],
    "Royal Mail": ["RR123456789GB"],
    "Correos": ["PQ4F6P0400012340146014D"],
    "Colissimo": ["6A12345678901"],
    "YAMATO": ["1234-5678-9012"],
}


@pytest.mark.parametrize(("code", "numbers"), REAL.items())
def test_numbers_as_carriers_print_them_fit(code, numbers):
    assert all(fits(code, number) for number in numbers)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("UPS", "1Z999AA123456789"),  # a digit short
        ("USPS", "RR123456789"),
        ("FedEx", "1Z999AA10123456784"),  # another carrier's
        ("DPD", "TRACK-1"),
        ("Royal Mail", "RR12345678GB"),
    ],
)
def test_a_number_that_cannot_be_the_carriers_does_not(code, number):
    assert not fits(code, number)


def test_every_example_fits_and_every_shape_compiles():
    for carrier in file().carriers:
        assert not carrier.numbers or fits(carrier.code, carrier.example), carrier.code
        assert all(re.compile(shape) for shape in carrier.numbers)
        assert all(code_of(name) == carrier.code for name in (carrier.code, *carrier.names))


def test_a_carrier_that_is_not_in_the_file_takes_any_number():
    assert fits("Swift Pigeons", "1")
    assert example_of("Swift Pigeons") == ""


def test_names_of_brokers_become_amazons_codes():
    assert carrier_words("UPSDAP") == ("UPS", "")
    assert carrier_words("fedexdefault") == ("FedEx", "")
    assert carrier_words("DHL Paket") == ("DHL-Paket", "")
    assert carrier_words("Swift Pigeons") == (OTHER, "Swift Pigeons")


def test_every_service_of_ours_says_a_code_that_amazon_knows():
    assert {"local", "sandbox"} <= set(CARRIERS)
    for service in (*own_services(), *own_services("Rad"), *SANDBOX):
        is_named = service.channel_code == OTHER and service.channel_name
        assert is_named or service.channel_code in codes(), service.code
