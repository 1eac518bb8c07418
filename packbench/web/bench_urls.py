"""Pages of the packing bench."""

from django.urls import path

from packbench.web.views import packing

urlpatterns = [
    path("bench", packing.bench, name="bench"),
    path("bench/scan", packing.scan, name="bench_scan"),
    path("bench/leave", packing.leave, name="bench_leave"),
    path("bench/papers", packing.papers, name="bench_papers"),
    path("bench/<str:packing_id>", packing.state, name="bench_state"),
    path("bench/<str:packing_id>/label", packing.label, name="bench_label"),
    path("bench/<str:packing_id>/override", packing.overridden, name="bench_override"),
    path("bench/<str:packing_id>/print", packing.print_again, name="bench_print"),
    path("bench/<str:packing_id>/settled", packing.settled, name="bench_settled"),
    path("bench/<str:packing_id>/photo", packing.photo, name="bench_photo"),
    path("settings/bench", packing.settings, name="settings_bench"),
]
