from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "packbench.web"
    label = "web"
