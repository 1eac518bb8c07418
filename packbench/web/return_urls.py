"""Labels for the way back: asking, giving, taking, and e-mailing them."""

from django.urls import path

from packbench.web.views import return_labels

urlpatterns = [
    path("shipments/<str:shipment_id>/return", return_labels.ask, name="ask_for_return"),
    path("shipments/<str:shipment_id>/return/file", return_labels.give, name="give_return"),
    path("returns/<str:return_id>/file", return_labels.take, name="take_return"),
    path("returns/<str:return_id>/mail", return_labels.mail, name="mail_return"),
    path("returns/<str:return_id>/again", return_labels.again, name="return_again"),
    path("returns/<str:return_id>/remove", return_labels.remove, name="remove_return"),
]
