"""Sellers API v1: where a seller sells, and who the seller is."""

from __future__ import annotations

from typing import Any

from packbench_sandbox.amazon.gate import Caller
from packbench_sandbox.wire import Response, answer
from packbench_sandbox.world.marketplaces import pseudo_participation
from packbench_sandbox.world.sellers import Seller

# One store of the wide account has its listings suspended, for clients to show.
_SUSPENDED = {("wide", "IN")}


def get_participations(caller: Caller) -> Response:
    """`GET /sellers/v1/marketplaceParticipations`."""
    return answer({"payload": _participations(caller.seller)})


def get_account(caller: Caller) -> Response:
    """`GET /sellers/v1/account`, valid by the model (Amazon's own example is not)."""
    seller = caller.seller
    is_person = seller.plan == "INDIVIDUAL"
    payload: dict[str, Any] = {
        "marketplaceParticipationList": _participations(seller),
        "businessType": "INDIVIDUAL" if is_person else "PRIVATE_LIMITED",
        "sellingPlan": seller.plan,
        "primaryContact": {"name": seller.name, "address": _address(seller)},
    }
    if not is_person:
        payload["business"] = {
            "name": seller.name,
            "registeredBusinessAddress": _address(seller),
            "companyRegistrationNumber": "00000000",
        }
    return answer({"payload": payload})


def _participations(seller: Seller) -> list[dict[str, Any]]:
    rows = [
        {
            "marketplace": market.as_participation(),
            "participation": {
                "isParticipating": True,
                "hasSuspendedListings": (seller.key, market.country) in _SUSPENDED,
            },
            "storeName": seller.name,
        }
        for market in seller.marketplaces
    ]
    if rows:
        pseudo = {
            "marketplace": pseudo_participation(seller.region),
            "participation": {"isParticipating": True, "hasSuspendedListings": False},
            "storeName": seller.name,
        }
        rows.append(pseudo)
    return rows


def _address(seller: Seller) -> dict[str, str]:
    line, city, state, postcode = seller.address
    facts = {
        "addressLine1": line,
        "city": city,
        "stateOrProvinceCode": state,
        "postalCode": postcode,
        "countryCode": seller.home,
    }
    return {name: value for name, value in facts.items() if value}
