"""Rules: what is to be done with orders of which kind. Deciding is pure; orders do it."""
