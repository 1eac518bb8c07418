"""Pages of orders that come from tables and from people: own shops."""

from django.urls import path

from packbench.web.views import entering, uploads

urlpatterns = [
    path("orders/import", uploads.uploads, name="uploads"),
    path("orders/import/<str:upload_id>", uploads.upload, name="upload"),
    path("orders/import/<str:upload_id>/map", uploads.use, name="upload_map"),
    path("orders/import/<str:upload_id>/go", uploads.go, name="upload_go"),
    path("orders/import/<str:upload_id>/discard", uploads.discard, name="upload_discard"),
    path("orders/import/<str:upload_id>/refused.csv", uploads.refused, name="upload_refused"),
    path("orders/maps/<str:map_id>/delete", uploads.delete, name="map_delete"),
    path("orders/new", entering.new, name="order_new"),
    path("orders/new/items", entering.suggest, name="order_new_items"),
    path("orders/<str:order_id>/edit", entering.edit, name="order_edit"),
    path("orders/<str:order_id>/cancel", entering.cancel, name="order_cancel"),
    path("stores/connect/shop", entering.shop, name="connect_shop"),
]
