from django.apps import AppConfig


class CurrenciesConfig(AppConfig):
    name = "packbench.currencies"
    label = "currencies"
