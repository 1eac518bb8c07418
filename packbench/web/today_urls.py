"""Pages of the day: the morning board and the end of the day."""

from django.urls import path

from packbench.web.views import today

urlpatterns = [
    path("today", today.today, name="today"),
    path("today/run", today.run, name="today_run"),
    path("today/labels", today.create, name="today_labels"),
    path("today/print", today.print_unprinted, name="today_print"),
    path("today/end", today.end_of_day, name="end_of_day"),
    path("today/end/void", today.void_unused, name="void_unused"),
]
