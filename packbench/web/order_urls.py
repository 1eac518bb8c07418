"""Pages of orders, batches and labels."""

from django.urls import path

from packbench.web.views import batches, labels, orders, privacy

urlpatterns = [
    path("orders", orders.orders, name="orders"),
    path("orders/rows", orders.rows, name="order_rows"),
    path("orders/labels", labels.create, name="create_labels"),
    path("orders/print", labels.print_orders, name="print_orders"),
    path("orders/hold", orders.hold, name="hold_orders"),
    path("orders/release", orders.release, name="release_orders"),
    path("orders/weigh", orders.weigh, name="weigh_orders"),
    path("orders/<str:order_id>", orders.order, name="order"),
    path("orders/<str:order_id>/shipping", orders.shipping, name="order_shipping"),
    path("orders/<str:order_id>/label", labels.create_one, name="create_label"),
    path("orders/<str:order_id>/refetch", orders.refetch, name="refetch_order"),
    path("orders/<str:order_id>/readdress", privacy.readdress, name="readdress_order"),
    path("orders/<str:order_id>/waive", orders.waive, name="waive_problem"),
    path("orders/<str:order_id>/product-weight", orders.weigh_product, name="weigh_product"),
    path("batches", batches.batches, name="batches"),
    path("batches/<str:batch_id>", batches.batch, name="batch"),
    path("batches/<str:batch_id>/print", batches.print_batch, name="print_batch"),
    path("batches/<str:batch_id>/again", batches.again, name="batch_again"),
    path("shipments", labels.shipments, name="shipments"),
    path("shipments/<str:shipment_id>/print", labels.print_shipment, name="print_shipment"),
    path("shipments/<str:shipment_id>/void", labels.void, name="void_shipment"),
    path("notices/<str:notice_id>/again", labels.tell_again, name="notify_again"),
]
