from django.apps import AppConfig


class ShipmentsConfig(AppConfig):
    name = "packbench.shipments"
    label = "shipments"
