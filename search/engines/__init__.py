"""Which engine answers: Elasticsearch where ELASTICSEARCH_URL is set, else the database's own search."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from search.engines.base import Engine

__all__ = ["Engine", "current"]


def current() -> Engine:
    """The engine that the settings choose."""
    # Imported here: a process without Elasticsearch need not load its client (0.3 s).
    if settings.ELASTICSEARCH_URL:
        from search.engines.elasticsearch import engine_for

        return engine_for(settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_PREFIX)
    if connection.vendor == "sqlite":
        from search.engines.sqlite import SqliteEngine

        return SqliteEngine()
    if connection.vendor == "postgresql":
        from search.engines.postgres import PostgresEngine

        return PostgresEngine()
    raise ImproperlyConfigured(f"There is no search engine for {connection.vendor}: set ELASTICSEARCH_URL.")
