"""The world outside: sellers, their stores, buyers and orders, all drawn from a seed."""
