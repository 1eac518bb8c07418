"""What knows nothing of the rest: errors, HTTP, money, units, ids, the clock."""
