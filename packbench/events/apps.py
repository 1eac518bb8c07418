from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "packbench.events"
    label = "events"
