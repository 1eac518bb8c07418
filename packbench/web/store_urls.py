"""Pages of signing in, stores, files and products."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
