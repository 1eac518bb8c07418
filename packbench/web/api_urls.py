"""What programs may ask, with a key."""

from django.urls import path

from packbench.web.views import api, printing_api

urlpatterns = [
    path("api/v1/orders", api.orders, name="api_orders"),
    path("api/v1/print/turn", printing_api.turn, name="api_print_turn"),
]
