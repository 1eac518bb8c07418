from django.apps import AppConfig


class CarriersConfig(AppConfig):
    name = "packbench.carriers"
    label = "carriers"
