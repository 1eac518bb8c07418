"""The pretend carrier of the sandbox program: a small, honest example of a connector."""
