"""What Amazon's Data Protection Policy asks of a seller's installation, and what this one shows."""
