"""The nightly figures: a wake-up that orders one job a year and day, and the job."""

from typing import Any

from celery import shared_task
from django.db.models import Max

from lms.accounts.api import User
from lms.learning.statements import figures
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import enqueue


@shared_task(name="lms.learning.statements.order_figures")
def order_figures() -> int:
    """Called every hour: the first call of a Shanghai day orders that night's jobs, the others find them ordered."""
    day, years = today().isoformat(), figures.years_due()
    for year in years:
        enqueue(
            "learning.year_figures",
            {"year": year},
            Actor.system("figures"),
            key=f"year_figures:{year}:{day}",
        )
    return len(years)


@job("learning.year_figures")
def reckon_year(context: JobContext) -> dict[str, Any]:
    """All people's figures of a year. Killed, it goes on behind the last chunk that was written."""
    year = int(context.args["year"])
    most = User.objects.aggregate(most=Max("pk"))["most"] or 0
    people = written = 0
    more = True
    while more:
        done = figures.step(year)
        people, written, more = people + done.people, written + done.written, done.more
        context.progress(min(done.last, most), most)
    return {"year": year, "people": people, "written": written}
