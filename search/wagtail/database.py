"""The back end of the database there is: SQLite's FTS5 or PostgreSQL. WAGTAILSEARCH_BACKENDS names this module."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802 -- the name that modelsearch looks for
    """The back end for the default database, which modelsearch finds by this name."""
    if connection.vendor == "sqlite":
        from search.wagtail.sqlite import ChineseSqliteBackend

        return ChineseSqliteBackend(params)
    if connection.vendor == "postgresql":
        from search.wagtail.postgres import ChinesePostgresBackend

        # Pieces are neither stemmed nor left out, in no language.
        return ChinesePostgresBackend({"SEARCH_CONFIG": "simple", **params})
    raise ImproperlyConfigured(f"There is no search for {connection.vendor}.")
