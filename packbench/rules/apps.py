from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "packbench.rules"
    label = "rules"
