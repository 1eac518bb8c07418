"""EasyPost as a carrier, by a few calls of our own (docs.easypost.com, API version 2).

Its official client repeats calls by itself, also purchases, and cannot be given our transport.
"""
