"""What Amazon answers: authorization, consent pages and the Selling Partner API."""
