"""Synonyms that staff keep: 电工 = 维修电工.

Owns: what a word stands for beside itself, from which day to which, and who said so. Queries read them (nothing is
indexed anew), so a change is felt within seconds. A pair that is no longer wanted is ended, not deleted: what people
found on a day stays explainable.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7
from search.synonyms.rules import MAX_TERM_CHARS, Pair


class SynonymQuerySet(models.QuerySet["Synonym"]):
    def in_force(self, day: date) -> SynonymQuerySet:
        """Those that hold on this day, oldest first."""
        return self.filter(Q(until=None) | Q(until__gt=day), since__lte=day).order_by("pk")


class Synonym(models.Model):
    """Whoever types `term` finds `meant` too; both_ways: and the other way round. until: the first day without it."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    term = models.CharField(_("词"), max_length=MAX_TERM_CHARS)
    meant = models.CharField(_("也找"), max_length=MAX_TERM_CHARS)
    both_ways = models.BooleanField(_("双向"), default=True)
    since = models.DateField(_("生效日"))
    until = models.DateField(_("失效日"), null=True, blank=True)
    made_at = models.DateTimeField(_("添加时间"))
    # A person's uuid, as in audit rows; nobody's for the platform itself.
    made_by = models.UUIDField(_("添加人"), null=True, editable=False)

    objects = SynonymQuerySet.as_manager()

    class Meta:
        verbose_name = _("同义词")
        verbose_name_plural = _("同义词")
        constraints = [
            models.CheckConstraint(condition=~Q(term=F("meant")), name="search_synonym_of_another"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="search_synonym_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term} {'=' if self.both_ways else '→'} {self.meant}"

    @property
    def pair(self) -> Pair:
        return Pair(self.term, (self.meant,), self.both_ways)
