"""Jobs that fetch the pictures of products."""

from packbench.channels.registry import open_images
from packbench.jobs import defer_once, every, task
from packbench.lib import clock
from packbench.products.models import Product
from packbench.products.picturing import AT_ONCE, claim_images, fetch_image

JOB = "products.fetch_images"


@task(JOB)
def fetch_images() -> None:
    """Fetch some of the pictures that are due; where there are more, another job goes on."""
    claimed, images = claim_images(now=clock.now()), open_images()
    for product in claimed:
        fetch_image(product, images, now=clock.now())
    if len(claimed) == AT_ONCE:
        defer_once(JOB)


@every("* * * * * */15")
@task("products.sweep_images")
def sweep_images(timestamp: int) -> None:
    """Find pictures that are due."""
    if Product.objects.filter(next_image_at__lte=clock.now(), is_image_own=False).exists():
        defer_once(JOB)
