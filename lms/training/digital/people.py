"""A person's own part of digital items: entries, juries, places and results; and what of it is an expert's merit. What they did for a host
or an authority is that body's."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.appendonly import erase_words
from lms.lib.clock import local_day
from lms.training.digital.models import (
    ContestEntry,
    ContestJuror,
    DigitalAchievement,
    DigitalTrainee,
    EntryMember,
    LevelList,
    LevelResult,
)
from lms.training.merits.api import Line, register_source

PART = "digital"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here; results once they are published."""
    members = EntryMember.objects.filter(person=user).select_related("entry", "item")
    jurors = ContestJuror.objects.filter(person=user).select_related("item").prefetch_related("marks__entry")
    trainees = DigitalTrainee.objects.filter(person=user).select_related("item")
    results = LevelResult.objects.filter(
        trainee__person=user, batch__state=LevelList.State.PUBLISHED
    ).select_related("trainee__item", "batch__body")
    achievements = DigitalAchievement.objects.filter(person=user).select_related("item")
    return {
        "entries": [
            {
                "contest": row.item.title,
                "name": row.entry.name,
                "about": row.entry.about,
                "captain": row.captain,
                "left": row.left,
                "at": row.at,
            }
            for row in members
        ],
        "juries": [
            {
                "contest": row.item.title,
                "asked_at": row.asked_at,
                "accepted_at": row.accepted_at,
                "declined_at": row.declined_at,
                "marks": [
                    {
                        "stage": row.item.stages[given.stage],
                        "entry": given.entry.name,
                        "centimarks": given.centimarks,
                        "at": given.at,
                    }
                    for given in row.marks.all()
                ],
            }
            for row in jurors
        ],
        "trainings": [
            {
                "project": row.item.title,
                "number": row.number,
                "level": row.grade,
                "left": row.left,
                "at": row.at,
            }
            for row in trainees
        ],
        "level_results": [
            {
                "project": row.trainee.item.title,
                "level": row.grade,
                "passed": row.passed,
                "centimarks": row.centimarks,
                "day": row.day,
                "certificate": row.certificate,
                "assessed_by": row.batch.body.name,
            }
            for row in results
        ],
        "achievements": [
            {
                "project": row.item.title,
                "kind": row.kind,
                "result": row.result,
                "day": row.day,
                "hours_given": row.hours is not None and row.ended_at is None,
                "taken_back_at": row.ended_at,
            }
            for row in achievements
        ],
    }


def obstacles(user: User) -> list[str]:
    """Level results that are handed in and not decided: they name the person."""
    waiting = DigitalTrainee.objects.filter(
        person=user, results__batch__state=LevelList.State.WAITING
    ).select_related("item")
    return [
        _("你在“%(title)s”里有待公布的评价结果，公布或退回以后才能注销。") % {"title": row.item.title}
        for row in waiting.distinct()
    ]


def erase(user: User) -> list[UUID]:
    """What a captain said of the entry goes, and the numbers of certificates; that there was an entry, a place and a result stays for the counts, as figures."""
    entries = ContestEntry.objects.filter(members__person=user, members__captain=True)
    uuids = list(entries.values_list("uuid", flat=True))
    ContestEntry.objects.filter(uuid__in=uuids).update(name="", about="")
    erase_words(LevelResult, Q(trainee__person=user))
    return uuids


def juries(user: User) -> list[Line]:
    """Contests that the user judged: taken on, and the final published."""
    rows = ContestJuror.objects.filter(
        person=user, accepted_at__isnull=False, item__achievements__isnull=False
    ).select_related("item__host", "item__case")
    return [
        Line(
            key=f"juror:{row.uuid}",
            day=local_day(row.accepted_at),
            what=_("担任“%(title)s”评委") % {"title": row.item.title},
            body=row.item.host.name,
            number=row.item.case.number or "",
        )
        for row in rows.distinct()
        if row.accepted_at is not None
    ]


def register() -> None:
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
    register_source("digital.jury", gettext_lazy("大赛评审"), juries)
