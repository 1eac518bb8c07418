"""The part of UPS's REST API that signs in, rates, ships, voids and tracks (developer.ups.com).

Requests come as they go to UPS, with its host as the first part of the path: whoever speaks to many
carriers is told one address instead of theirs.
"""
