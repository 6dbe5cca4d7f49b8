"""Runs the learners of strategies.py against the real services: `python -m tests.learning.study.simulate`.

Prints each strategy with what was really studied, what was counted, and the share. RONGTONG_STUDY_SEED repeats a run;
without it every run has its own seed, which is printed. Owns: one run, and its checks against the model of seconds.
"""

import os
import secrets
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from random import Random

SEED = "RONGTONG_STUDY_SEED"


def seed_of_this_run():
    return int(os.environ.get(SEED) or secrets.randbelow(10**9))


@dataclass(frozen=True)
class Outcome:
    strategy: object
    studied: int
    counted: int
    limit: int
    codes: Counter
    learner: object

    @property
    def share(self):
        return self.counted / self.studied if self.studied else 0.0

    @property
    def gain(self):
        """Counted beyond what coverage and one stream at the permitted speed leave open, ms."""
        return max(self.counted - self.limit, 0)


def play(strategy, seed):
    """One strategy in a world of its own; totals are compared with the model and audited."""
    import time_machine
    from django.core.management import call_command

    from lms.lib.clock import SHANGHAI
    from tests.learning.study.learners import World
    from tests.learning.study.strategies import Try

    rng = Random(f"{seed}/{strategy.name}")
    hour, minute = map(int, strategy.starts.split(":"))
    start = datetime(2026, 3, 2, hour, minute, tzinfo=SHANGHAI)
    with time_machine.travel(start, tick=False) as traveller:
        found = strategy.run(World(traveller, start, rng))
        if not isinstance(found, Try):
            found = Try(found, found.studied_ms, found.studied_ms)
        learner = found.learner
        compare(learner.user)
        call_command("audit_study", stdout=StringIO())
        return Outcome(strategy, found.studied, learner.counted_ms, found.limit, learner.codes, learner)


def compare(user):
    """Every total of a person against the model of single seconds, fed with the raw rows."""
    from lms.learning.study.models import LessonProgress, StreamClaim, StudyGrant, StudyReport, StudySession
    from lms.learning.study.presence.models import PresencePrompt
    from tests.learning.study.learners import SECOND, UNIT
    from tests.learning.study.model import Model

    rows = {row.lesson_id: row for row in LessonProgress.objects.filter(person=user)}
    sessions = StudySession.objects.filter(person=user).select_related("rule").order_by("pk")
    reports = StudyReport.objects.filter(session__person=user).order_by("?").select_related("session__rule")
    begin = min(session.opened_ms for session in sessions)
    end = max([begin, *(report.received_ms for report in reports)]) + SECOND
    claims = list(StreamClaim.objects.filter(person=user).order_by("at_ms"))
    # Two claims in one moment are written a millisecond apart; only then is a second too coarse.
    wall = 1 if any((claim.at_ms - begin) % SECOND for claim in claims) else SECOND
    assert wall == SECOND or end - begin < 24 * 3600 * SECOND, "days of milliseconds are too much to hold"
    model = Model(begin, end, {pk: row.lengths for pk, row in rows.items()}, wall=wall, content=UNIT)
    for session in sessions:
        rule = session.rule
        model.open(
            session.pk,
            session.lesson_id,
            session.opened_ms,
            speed_hundredths=rule.speed_hundredths,
            session_ms=rule.session_ms,
        )
    for claim in claims:
        model.claim(claim.session_id, claim.at_ms)
    for prompt in PresencePrompt.objects.filter(session__person=user).select_related("answer"):
        answered = getattr(prompt, "answer", None)
        for session in sessions:
            if prompt.pk in (session.carried_prompt_id, *session.prompts.values_list("pk", flat=True)):
                model.bar(session.pk, prompt.expires_ms, answered.at_ms if answered else end)
    for grant in StudyGrant.objects.filter(enrolment__person=user):
        model.grant(grant.lesson_id, grant.block)
    for report in reports:
        model.report(
            report.session_id,
            report.received_ms,
            report.active,
            report.coverage,
            elapsed=report.elapsed_ms,
        )
    for pk, row in rows.items():
        expected = model.figures(pk)
        expected["budget_hundredths"] = expected.pop("budget_ms") * 100
        assert {name: getattr(row, name) for name in expected} == expected
        assert sum(row.days.values()) == row.counted_ms
    assert sum(row.counted_ms for row in rows.values()) <= 2 * model.seconds_used()


def minutes(ms):
    return f"{ms / 60_000:.1f}"


def table(outcomes):
    yield "| strategy | studied (min) | counted (min) | share | beyond one stream (min) |"
    yield "|---|--:|--:|--:|--:|"
    for outcome in outcomes:
        share = f"{outcome.share:.1%}" if outcome.studied else "–"
        yield (
            f"| {outcome.strategy.name} | {minutes(outcome.studied)} | {minutes(outcome.counted)} | {share} | "
            f"{minutes(outcome.gain)} |"
        )


def main():
    import pytest  # noqa: F401 -- settings recognise a test run by it

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import transaction
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    import tests.conftest  # noqa: F401 -- the database of the run comes from its template
    from tests.learning.study.strategies import CHEATS, HONEST

    settings.PASSWORD_HASHERS = ["tests.hashers.QuickArgon2"]
    setup_test_environment()
    before = setup_databases(verbosity=0, interactive=False)
    seed = seed_of_this_run()
    print(f"{SEED}={seed}", file=sys.stderr)
    outcomes = []
    try:
        for strategy in [*HONEST.values(), *CHEATS.values()]:
            with transaction.atomic():
                outcomes.append(play(strategy, seed))
                transaction.set_rollback(True)
    finally:
        teardown_databases(before, verbosity=0)
    print("\n".join(table(outcomes)))


if __name__ == "__main__":
    main()
