from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "packbench.privacy"
    label = "privacy"
