"""Where the screens of background work and of working days hang in the Wagtail admin.

The menu entry of working days is with those who know roles (lms.learning.wagtail_hooks).
"""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.lib.calendar import staff as calendar
from lms.lib.jobs import staff


@hooks.register("register_admin_urls")
def job_urls() -> list[Any]:
    return [path("jobs/", staff.jobs, name="rongtong_jobs")]


@hooks.register("register_admin_urls")
def calendar_urls() -> list[Any]:
    return [path("calendar/", calendar.years, name="rongtong_calendar")]


class JobsMenuItem(MenuItem):
    """Only for the platform's own administrators."""

    def is_shown(self, request: HttpRequest) -> bool:
        return staff.keeps(request.user)


@hooks.register("register_admin_menu_item")
def jobs_menu() -> MenuItem:
    return JobsMenuItem(_("后台任务"), reverse("rongtong_jobs"), name="jobs", icon_name="cogs", order=850)
