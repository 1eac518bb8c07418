"""Sendcloud as a carrier (sendcloud.dev, API version 3): its users keep their contracts."""
