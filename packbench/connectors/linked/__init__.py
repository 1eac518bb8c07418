"""Shops that are told of parcels: webhooks, BigCommerce, ShipStation's Custom Store protocol."""
