from django.apps import AppConfig
from django.conf import settings


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = "Search"

    def ready(self) -> None:
        from search import jobs, words  # noqa: F401

        words.keep_model_in(settings.HOME / "cache")
