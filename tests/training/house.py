"""An authority with its officer, departments below it, and a plan under way, for tests of training. All invented."""

from datetime import date
from typing import Any

from courses.models import Release
from lms.accounts.models import Organisation, User
from lms.lib.actor import Actor
from lms.training.yearly_plans import services
from lms.training.yearly_plans.models import PlanDraft, PlanRight, YearlyPlan
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import released_course

YEAR = 2026


class House:
    """authority: with an officer; stranger: an officer of another authority."""

    def __init__(self) -> None:
        self.authority = self.body("市人社局")
        self.officer: User = member("officer", self.authority)
        self.other = self.body("另一主管部门")
        self.stranger: User = member("officer", self.other)

        self.right = self.publishes(self.authority)

    def publishes(
        self, authority: Organisation | None, *, region: str = "申江市", since: date = date(2022, 1, 1)
    ) -> PlanRight:
        """From that day on the authority publishes the plans of the region; None: nobody does."""
        new = services.NewRight(region, authority, since, "申人社专〔2022〕1 号（测试）")
        return services.set_right(Actor.system("tests"), new)

    def body(self, name: str) -> Organisation:
        return OrganisationFactory(name=name, kind="authority")

    def course(self, **fields: Any) -> Release:
        """Of public subjects, in no plan."""
        return released_course(**{"kind": "public", "theme": "ethics", "planned": False} | fields)

    def draft(
        self, *releases: Release, year: int = YEAR, first: date | None = None, last: date | None = None
    ) -> PlanDraft:
        found = services.begin(
            self.officer, self.authority, year, services.Words(f"{year} 年度公需科目计划", "测〔1〕号")
        )
        for release in releases:
            services.set_course(
                self.officer, found, release.code, first or date(year, 1, 1), last or date(year, 12, 31)
            )
        return found

    def published(self, *releases: Release, **days: Any) -> YearlyPlan:
        return services.publish(self.officer, self.draft(*releases, **days))
