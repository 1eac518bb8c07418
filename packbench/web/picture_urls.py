"""Where the desk serves its copies of products' pictures."""


def image_url(product_id: str | None, version: str | None) -> str:
    """The address of our copy; empty where there is none. A new picture has a new address."""
    return f"/products/{product_id}/image?v={version}" if product_id and version else ""
