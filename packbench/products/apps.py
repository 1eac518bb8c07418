from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "packbench.products"
    label = "products"
