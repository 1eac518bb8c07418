"""Pages of orders, batches and labels."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
