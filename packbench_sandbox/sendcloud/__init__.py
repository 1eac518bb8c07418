"""The part of Sendcloud that offers, announces, shows, cancels and tracks (sendcloud.dev, v3)."""
