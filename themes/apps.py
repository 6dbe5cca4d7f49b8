"""The themes app: template tags and a few display pages."""

from django.apps import AppConfig


class ThemesConfig(AppConfig):
    name = "themes"
    verbose_name = "界面"
