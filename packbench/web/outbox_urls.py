"""Pages of what Amazon and linked shops are told: the outbox, corrections, hand-over."""

from django.urls import path

from packbench.web.views import linked, outbox, parcels

urlpatterns = [
    path("shipments/hand-over", parcels.hand_over_parcels, name="hand_over"),
    path("shipments/outbox", outbox.notices, name="notices"),
    path("shipments/outbox/linked", linked.forwards, name="forwards"),
    path("shipments/outbox/linked/again", linked.again, name="forwards_again"),
    path("shipments/outbox/linked/<str:forward_id>/stop", linked.stop, name="forward_stop"),
    path("shipments/outbox/again", outbox.again_many, name="notices_again"),
    path("shipments/outbox/<str:notice_id>", outbox.notice, name="notice"),
    path("shipments/outbox/<str:notice_id>/again", outbox.again, name="notice_again"),
    path("shipments/outbox/<str:notice_id>/unchecked", outbox.unchecked, name="notice_unchecked"),
    path("shipments/outbox/<str:notice_id>/codes", outbox.codes, name="notice_codes"),
    path("shipments/outbox/<str:notice_id>/stop", outbox.stop, name="notice_stop"),
    path("shipments/<str:shipment_id>/correct", parcels.correct, name="correct_shipment"),
    path("stores/<str:store_id>/link", linked.link, name="store_link"),
    path("stores/<str:store_id>/link/test", linked.test, name="store_link_test"),
    path("stores/<str:store_id>/link/remove", linked.remove, name="store_link_remove"),
    path("orders/<str:order_id>/mark-shipped", parcels.mark, name="mark_shipped"),
]
