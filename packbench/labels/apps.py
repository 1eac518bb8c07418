from django.apps import AppConfig


class LabelsConfig(AppConfig):
    name = "packbench.labels"
    label = "labels"
