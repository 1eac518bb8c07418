"""Tables of orders as shops and other desks write them: CSV and its kin. No Django, no network."""
