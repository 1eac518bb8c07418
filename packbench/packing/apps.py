from django.apps import AppConfig


class PackingConfig(AppConfig):
    name = "packbench.packing"
    label = "packing"
