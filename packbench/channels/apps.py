from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "packbench.channels"
    label = "channels"
