"""Rows of the index in the database, and which generation of each type is the one that is searched.

Owns: derived data only. Everything here can be thrown away and made again from the registered sources
(`python -m lms reindex`).
"""

from datetime import timedelta
from typing import Any

from django.db import models

from lms.lib.clock import now


class TokensField(models.TextField):
    """The tokens of an entry: `tsvector` on PostgreSQL; unused on SQLite, whose tokens stand in an FTS5
    table.
    """

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


class Shelf(models.Model):
    """Which generation of a type an engine searches (active), and which is being filled (building).

    version: the last one given out, in microseconds since 1970 and always growing. complete: the engine holds
    everything its source has; a cluster that is new or came back empty does not. recipe: a hash of how the
    documents of a generation were cut.
    """

    engine = models.CharField(max_length=20)
    type = models.CharField(max_length=40)
    active = models.PositiveIntegerField(default=1)
    building = models.PositiveIntegerField(null=True)
    rebuilt_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)
    complete = models.BooleanField(default=True)
    recipe = models.CharField(max_length=32, default="", blank=True)
    building_version = models.BigIntegerField(null=True)
    building_recipe = models.CharField(max_length=32, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engine", "type"], name="search_shelf_once")]

    def __str__(self) -> str:
        return f"{self.engine} {self.type} {self.active}"


class Owed(models.Model):
    """A document that an engine has yet to look at again: its change is on its way there, or did not arrive.

    version: of the turn that read the change. missed: the engine was away; a row of a change that is on its way counts as
    missed, too, when it has not arrived soon (whoever was to bring it is gone).
    """

    # As long as a request to write may take, and a little.
    ON_ITS_WAY = timedelta(seconds=12)

    engine = models.CharField(max_length=20)
    type = models.CharField(max_length=40)
    # No collation of a language: as in Entry.
    doc_id = models.CharField(max_length=100)
    since = models.DateTimeField()
    version = models.BigIntegerField(default=0)
    missed = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engine", "type", "doc_id"], name="search_owed_once")]

    def __str__(self) -> str:
        return f"{self.engine} {self.type}/{self.doc_id}"

    @classmethod
    def missing(cls, engine: str) -> "models.QuerySet[Owed]":
        """What an engine lacks, without what is just being brought."""
        late = models.Q(since__lt=now() - cls.ON_ITS_WAY)
        return cls.objects.filter(models.Q(missed=True) | late, engine=engine)


class Entry(models.Model):
    """A document as the database engines keep it.

    version: of two writes the one with the higher stays. digest: of what the source gave, to be compared with
    it (`python -m lms check_index`). hidden: gone; the row keeps an older write from bringing it back.
    """

    type = models.CharField(max_length=40)
    generation = models.PositiveIntegerField()
    # No collation of a language: engines must sort ids alike.
    doc_id = models.CharField(max_length=100)
    title = models.TextField()
    summary = models.TextField(blank=True)
    body = models.TextField(blank=True)
    url = models.TextField(blank=True)
    language = models.CharField(max_length=20)
    facets = models.JSONField(default=dict)
    extra = models.JSONField(default=dict)
    boost = models.FloatField(default=1.0)
    published_at = models.DateTimeField(null=True)
    centihours = models.BigIntegerField(default=0)
    public = models.BooleanField(default=False)
    hidden = models.BooleanField(default=False)
    version = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=32, default="", blank=True)
    # From this moment on nobody finds it, whether or not its event has arrived.
    expires_at = models.DateTimeField(null=True)
    tokens = TokensField(null=True)
    # Its facet values in one line (search.engines.sql); on SQLite also in the index `search_entry_narrow` (migration 0006),
    # which has what is needed to count and to rank, and which a migration that makes this table anew must make again.
    counted = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "generation", "doc_id"], name="search_entry_once")
        ]
        indexes = [
            models.Index(
                fields=["type", "generation", "version"],
                name="search_entry_hidden",
                condition=models.Q(hidden=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.doc_id}"


class EntryFacet(models.Model):
    """One value of an entry; the name `@audience` holds who may find it."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="values", db_index=False)
    name = models.CharField(max_length=40)
    value = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["entry", "name", "value"], name="search_facet_entry")]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class FileText(models.Model):
    """The words of a file that does not change: reading them takes long, and every new index needs them. key: what the file
    is known by to whoever read it (`package:<uuid>`). Derived like everything here.
    """

    key = models.CharField(max_length=120, unique=True)
    text = models.TextField(blank=True)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
