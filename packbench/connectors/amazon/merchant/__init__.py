"""Amazon's Merchant Fulfillment API v0 as a carrier, where Shipping v2 has no business."""
