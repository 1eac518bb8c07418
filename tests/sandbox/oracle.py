"""Amazon's own models as the judge of every answer."""

import json
import re
from functools import cache
from pathlib import Path

from jsonschema import Draft4Validator, FormatChecker

MODELS = Path(__file__).resolve().parents[3] / "shared" / "spapi-models" / "models"
_FILES = {
    "/sellers/": "sellers-api-model/sellers.json",
    "/orders/v0/": "orders-api-model/ordersV0.json",
    "/orders/2026-01-01/": "orders-api-model/orders_2026-01-01.json",
    "/catalog/2022-04-01/": "catalog-items-api-model/catalogItems_2022-04-01.json",
    "/listings/2021-08-01/": "listings-items-api-model/listingsItems_2021-08-01.json",
    "/feeds/2021-06-30/": "feeds-api-model/feeds_2021-06-30.json",
    "/reports/2021-06-30/": "reports-api-model/reports_2021-06-30.json",
    "/notifications/v1/": "notifications-api-model/notifications.json",
    "/shipping/v2/": "shipping-api-model/shippingV2.json",
    "/mfn/v0/": "merchant-fulfillment-api-model/merchantFulfillmentV0.json",
    "/tokens/2021-03-01/": "tokens-api-model/tokens_2021-03-01.json",
}


def is_here():
    return MODELS.is_dir()


def check_answer(method, path, status, body):
    """Hold an answer against the model. Raises AssertionError with what is wrong with it."""
    responses = _operation(method, path)["responses"]
    assert str(status) in responses, f"the model knows no {status} for {method} {path}"
    reference = responses[str(status)].get("schema", {}).get("$ref")
    if reference is None:
        assert body == b""
        return
    errors = list(_validator(_file(path), reference).iter_errors(json.loads(body)))
    assert not errors, f"{path} {status}: {errors[0].message} at {list(errors[0].absolute_path)}"


def check_request(path, body, method="POST"):
    """Hold the body of a request against the model's schema for it."""
    parameters = _operation(method, path)["parameters"]
    reference = next(p["schema"]["$ref"] for p in parameters if p["in"] == "body")
    _validator(_file(path), reference).validate(body)


def describe(method, path):
    """The model's own words on an operation, with its table of rates."""
    return _operation(method, path)["description"]


def _operation(method, path):
    for template, operations in _model(_file(path))["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return operations[method.lower()]
    raise LookupError(path)


def _file(path):
    return next(file for prefix, file in _FILES.items() if path.startswith(prefix))


@cache
def _model(file):
    return json.loads((MODELS / file).read_text(encoding="utf-8"))


@cache
def _validator(file, reference):
    schema = {"$ref": reference, "definitions": _model(file)["definitions"]}
    return Draft4Validator(schema, format_checker=FormatChecker())
