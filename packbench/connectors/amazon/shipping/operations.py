"""The operations of Shipping v2 that we call, as Amazon's model states them."""

from functools import partial

from packbench.connectors.amazon.operations import Operation

DIRECT_TO_CONSUMER = "Direct-to-Consumer Shipping"

_operation = partial(
    Operation, rate=80, burst=100, model="shippingV2.json", role=DIRECT_TO_CONSUMER
)

GET_RATES = _operation(
    name="getRates", method="POST", path="/shipping/v2/shipments/rates", body="body"
)
# Repeated under the same x-amzn-IdempotencyKey; a lost answer is still a doubt (Carrier.buy).
PURCHASE_SHIPMENT = _operation(
    name="purchaseShipment",
    method="POST",
    path="/shipping/v2/shipments",
    body="body",
    is_repeatable=False,
)
GET_ADDITIONAL_INPUTS = _operation(
    name="getAdditionalInputs",
    method="GET",
    path="/shipping/v2/shipments/additionalInputs/schema",
    query=("requestToken", "rateId"),
)
# One that is cancelled already stays so; Amazon says so, and it is no error.
CANCEL_SHIPMENT = _operation(
    name="cancelShipment", method="PUT", path="/shipping/v2/shipments/{shipmentId}/cancel"
)
GET_TRACKING = _operation(
    name="getTracking",
    method="GET",
    path="/shipping/v2/tracking",
    query=("trackingId", "carrierId"),
)
GENERATE_COLLECTION_FORM = _operation(
    name="generateCollectionForm",
    method="POST",
    path="/shipping/v2/collectionForms",
    body="body",
    is_repeatable=False,
)

OPERATIONS = (
    GET_RATES,
    PURCHASE_SHIPMENT,
    GET_ADDITIONAL_INPUTS,
    CANCEL_SHIPMENT,
    GET_TRACKING,
    GENERATE_COLLECTION_FORM,
)
