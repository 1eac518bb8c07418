"""The part of EasyPost that sells, shows, refunds and tracks (docs.easypost.com, API v2)."""
