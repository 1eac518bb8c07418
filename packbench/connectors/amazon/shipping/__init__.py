"""Amazon's Shipping API v2 as a carrier: labels bought through Amazon (Buy Shipping)."""
