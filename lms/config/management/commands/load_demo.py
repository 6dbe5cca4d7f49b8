"""Loads the demo: invented people and bodies, the demo catalogue, demo rules. Each part can be repeated safely."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from django.core.management.base import BaseCommand

from courses.demo.load import load_catalogue
from creditbank.demo import load_demo_credit
from lms.accounts.demo import demo_accounts, load_demo_people
from lms.learning.classes.demo import load_demo_classes
from lms.learning.declarations.demo import load_demo_declarations
from lms.learning.evidence.demo import load_demo_evidence
from lms.learning.holds.demo import load_demo_holds
from lms.learning.ratings.demo import load_demo_ratings
from lms.learning.rosters.demo import load_demo_assignment
from lms.learning.use.services import reckon_all
from lms.lib.actor import Actor
from lms.lib.outbox.services import deliver_pending
from lms.training.demo import load_demo_plans
from lms.training.digital.demo import load_demo_digital
from lms.training.merits.demo import load_demo_merits
from lms.training.programmes.demo import load_demo_programmes
from lms.training.supervision.demo import load_demo_supervision
from lms.training.tenders.demo import load_demo_tenders
from search import api as search


class Command(BaseCommand):
    help = "Load the demo: people for every role, courses, conversion rules. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts-only", action="store_true", help="Only print the demo accounts.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["accounts_only"]:
            # What is printed is the accounts, which `make run` shows at every start; mail that the demo's own acts send to
            # the console goes to the log.
            with redirect_stdout(sys.stderr):
                self._load()
        for role, login, password in demo_accounts():
            self.stdout.write(f"  {role:<12}\t{login:<32}\t{password}")

    def _load(self) -> None:
        people, organisations = load_demo_people()
        self._step("people and organisations", lambda: None)
        self._step("courses", lambda: load_catalogue(Actor.system("demo"), organisations))
        self._step("the year's plan of public subjects", lambda: load_demo_plans(people, organisations))
        self._step("conversion rules and applications", lambda: load_demo_credit(people, organisations))
        self._step("claims of study hours", lambda: load_demo_declarations(people, organisations))
        self._step("a firm's training", lambda: load_demo_assignment(people, organisations))
        self._step("classes", lambda: load_demo_classes(people, organisations))
        self._step("advanced programmes", lambda: load_demo_programmes(people, organisations))
        self._step("spot checks", lambda: load_demo_supervision(people, organisations))
        self._step("needs packages", lambda: load_demo_tenders(people, organisations))
        self._step("digital technology items", lambda: load_demo_digital(people, organisations))
        self._step("expert merit", lambda: load_demo_merits(people, organisations))
        self._step("an evidence pack", lambda: load_demo_evidence(people))
        self._step("ratings of courses", lambda: load_demo_ratings(people))
        self._step("study to look into", lambda: load_demo_holds(people))
        # Otherwise the pages of courses' use would be empty until the first night.
        self._step("the use of courses", lambda: list(reckon_all()))
        self._step("search", search.rebuild)
        self._step("events", self._deliver)

    def _step(self, name: str, work: Callable[[], object]) -> None:
        work()
        self.stderr.write(f"demo: {name} ready")

    def _deliver(self) -> None:
        while deliver_pending():
            pass
