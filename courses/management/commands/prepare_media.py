"""`python -m lms prepare_media`: have the worker make what films and pictures lack, after an upgrade."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Max

from courses.media import pictures
from courses.media.services import ask
from courses.models import CourseVideo, Release
from lms.lib.actor import Actor


class Command(BaseCommand):
    help = "Order sizes of all films, and pictures of each course's last release, as far as they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        who = Actor.system("prepare_media")
        films = 0
        for video in CourseVideo.objects.order_by("pk").iterator():
            ladder = ask(video, who)
            films += ladder is not None and ladder.ready_at is None
        newest = Release.objects.values("course").annotate(last=Max("pk")).values("last")
        for uuid in Release.objects.filter(pk__in=newest).values_list("uuid", flat=True):
            pictures.ask(uuid, who)
        self.stdout.write(f"{films} films ordered")
