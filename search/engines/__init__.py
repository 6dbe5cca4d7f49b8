"""Which engines there are: the database's own always, Elasticsearch beside it where ELASTICSEARCH_URL is set."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from search.engines.base import Engine, Reader
from search.engines.breaker import Breaker
from search.engines.measured import Measured

__all__ = ["Engine", "Reader", "cluster", "current", "embedded", "guard", "kept"]

_breakers: dict[str, Breaker] = {}


def embedded() -> Engine:
    """The database's own engine; it is always kept filled."""
    if connection.vendor == "sqlite":
        from search.engines.sqlite import SqliteEngine

        return SqliteEngine()
    if connection.vendor == "postgresql":
        from search.engines.postgres import PostgresEngine

        return PostgresEngine()
    raise ImproperlyConfigured(f"There is no search engine for {connection.vendor}.")


def cluster() -> Engine | None:
    """Elasticsearch, where the settings name one."""
    if not settings.ELASTICSEARCH_URL:
        return None
    # Imported here: a process without Elasticsearch need not load its client (0.3 s).
    from search.engines.elasticsearch import engine_for

    return engine_for(settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_PREFIX)


def kept() -> list[Engine]:
    """All that are kept filled, the database's first."""
    beside = cluster()
    return [embedded()] if beside is None else [embedded(), beside]


def current() -> Reader:
    """Whom a search is put to: Elasticsearch with the database behind it, or the database alone."""
    beside = cluster()
    if beside is None:
        return Measured(embedded())
    from search.engines.failover import Failover

    return Measured(Failover(beside, embedded(), guard()))


def guard() -> Breaker:
    """The one of this process for the cluster that the settings name."""
    return _breakers.setdefault(settings.ELASTICSEARCH_URL, Breaker())
