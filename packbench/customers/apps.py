from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "packbench.customers"
    label = "customers"
