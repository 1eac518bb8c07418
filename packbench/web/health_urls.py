"""The page of account health."""

from django.urls import path

from packbench.web.views import judging

urlpatterns = [path("health", judging.health, name="health")]
