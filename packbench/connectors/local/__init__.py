"""Labels that we draw ourselves, with the seller's own prices."""
