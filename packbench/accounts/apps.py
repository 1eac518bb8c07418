from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "packbench.accounts"
    label = "accounts"
