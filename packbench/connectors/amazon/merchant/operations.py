"""The operations of Merchant Fulfillment v0 that we call, as Amazon's model states them.

Those that show the recipient take a restricted data token; creating one cannot be repeated.
"""

from functools import partial

from packbench.connectors.amazon.operations import RESTRICTED, Operation

DIRECT_TO_CONSUMER = "Direct-to-Consumer Shipping"

_operation = partial(Operation, model="merchantFulfillmentV0.json", role=DIRECT_TO_CONSUMER)

GET_SERVICES = _operation(
    name="getEligibleShipmentServices",
    method="POST",
    path="/mfn/v0/eligibleShippingServices",
    rate=6,
    burst=12,
    body="body",
)
CREATE_SHIPMENT = _operation(
    name="createShipment",
    method="POST",
    path="/mfn/v0/shipments",
    rate=2,
    burst=2,
    body="body",
    grant=RESTRICTED,
    is_repeatable=False,
)
CANCEL_SHIPMENT = _operation(
    name="cancelShipment",
    method="DELETE",
    path="/mfn/v0/shipments/{shipmentId}",
    rate=1,
    burst=1,
    grant=RESTRICTED,
)

OPERATIONS = (GET_SERVICES, CREATE_SHIPMENT, CANCEL_SHIPMENT)
