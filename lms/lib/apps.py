from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "lms.lib"
    label = "lib"
    verbose_name = "Ground"
