from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "packbench.orders"
    label = "orders"
