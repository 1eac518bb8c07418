"""Photos of parcels, for those who may see buyers' data."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from packbench.lib import clock
from packbench.shipments.models import ParcelPhoto
from packbench.shipments.photographing import open_photo, photos_of
from packbench.web.doors import DeskRequest, buyers_page
from packbench.web.views.serving import private_file


@require_GET
@buyers_page
def photo(request: DeskRequest, order_id: str, photo_id: str) -> HttpResponse:
    """A photo of one of the order's parcels; no cache may keep it, and looking is recorded."""
    orders = request.workspace.orders.select_related("key__parent")
    order = get_object_or_404(orders, pk=order_id, erased_at=None)
    found: ParcelPhoto | None = next((row for row in photos_of(order) if row.pk == photo_id), None)
    content = found and open_photo(found, order, actor=request.user.pk, now=clock.now())
    if not content:
        raise Http404
    return private_file(content, "image/webp")
