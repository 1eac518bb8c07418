from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "packbench.audit"
    label = "audit"
