"""The controls, by the parts of the policy."""
