"""The lists of training administration with a hundred thousand cases, notices and postings behind them, asked by eight clients; beside
the same pages with nothing behind them, which is what frame, session and permission cost alone.

Rows go straight into the tables, written by the database itself: what is measured is the reading.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

from django.db import connection

from lms.accounts.models import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import today
from tests.bench import data
from tests.bench.load import press, served
from tests.factories.accounts import OrganisationFactory

Say = Callable[..., None]

CASES = 100_000
PROCESS = "skills-base"
# What a body has that applies again and again; the others have one or two each.
OWN = 400
FIRMS = 2_000
AIM_P95_MS = 100
UNSEEN = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", wrk.path .. (string.find(wrk.path, "?", 1, true) and "&" or "?") .. "n=" .. n)
end
"""


@dataclass(frozen=True)
class House:
    authority: Organisation
    officer: User
    firm: Organisation
    clerk: User
    rare: User


def house() -> House:
    """An authority with a rule and an officer, a firm with many cases, and one whose only case is the oldest."""
    from lms.training.bases.process import PROCESS as DECLARED
    from lms.training.lifecycle import services

    authority = OrganisationFactory(kind="authority", name="区人社局")
    values = {setting.name: setting.standard for setting in DECLARED.settings}
    services.set_rule(
        Actor.system("bench"), services.NewRule(PROCESS, authority, date(2023, 6, 14), values, "bench")
    )
    firm, rare = (OrganisationFactory(kind="enterprise", name=name) for name in ("青申精机", "城北模具"))
    officer, clerk, other = data.people(3)
    for user, body, role in ((officer, authority, "officer"), (clerk, firm, "hr"), (other, rare, "hr")):
        _given(user, body, role)
    return House(authority, officer, firm, clerk, other)


def _given(user: User, body: Organisation, role: str) -> None:
    from lms.accounts.organisations.services import grant_role

    grant_role(user, body, role, Actor.system("bench"))


# One statement a table. State, day and handler are spread so that each list has a part of them.
_FIRMS = """
INSERT INTO accounts_organisation
  (uuid, code, name, kind, uscc, uscc_checked, uscc_proof, status, status_reason, brand_version, created_at)
SELECT gen_random_uuid(), 'bench-firm-' || n, '企业 ' || n, 'enterprise', '', false, '', 'active', '', 0, now()
FROM generate_series(1, %(firms)s) n
"""
_CASES = """
WITH firms AS (SELECT array_agg(id ORDER BY id) AS ids FROM accounts_organisation WHERE code LIKE 'bench-firm-%%')
INSERT INTO training_case
  (uuid, number, process, rule_id, authority_id, body_id, applicant_id, handler_id, state, waits, rank, revision,
   begun_at, opened_on, due_on, escalated_on, facts, slot)
SELECT gen_random_uuid(), 'JD-' || (2000 + n %% 27) || '-' || n, %(process)s, %(rule)s, %(authority)s,
  CASE WHEN n = 1 THEN %(rare)s WHEN n %% %(every)s = 0 THEN %(firm)s ELSE ids[1 + n %% cardinality(ids)] END,
  %(clerk)s, CASE WHEN n %% 50 = 0 THEN %(officer)s::bigint END, kind.state, kind.waits, (n %% 10 <> 0)::int, 3,
  now(), current_date - n %% 700, CASE WHEN kind.days IS NOT NULL THEN current_date + kind.days + n %% 40 END, NULL, '{}', NULL
FROM generate_series(1, %(cases)s) n
CROSS JOIN firms
JOIN (VALUES (0, 'submitted', 'authority', -2), (1, 'review', 'authority', -20), (2, 'notice', 'day', 0),
             (3, 'named', 'day', 30), (4, 'removed', 'nobody', NULL), (5, 'withdrawn', 'nobody', NULL),
             (6, 'upheld', 'nobody', NULL), (7, 'supplement', 'applicant', 1), (8, 'recheck', 'authority', 5),
             (9, 'closed', 'nobody', NULL)) AS kind (place, state, waits, days) ON kind.place = n %% 10
"""
_NOTICES = """
INSERT INTO training_notice (uuid, case_id, number, title, lines, working_days, first_day, last_day, at)
SELECT gen_random_uuid(), id, number || '-G1', '关于' || number || '的公示', '[]', 5,
  current_date - (id %% 700)::int, current_date - (id %% 700)::int + 7, now()
FROM training_case WHERE process = %(process)s
"""
_POSTINGS = """
INSERT INTO training_posting
  (uuid, number, key, kind, subject, authority_id, title, body, url, first_day, last_day, since, reason, at)
SELECT gen_random_uuid(), 'GG-B-' || n, 'bench:' || n, (ARRAY['plan', 'notice', 'named', 'enrolment'])[1 + n %% 4], '',
  %(authority)s, '公告 ' || n, '正文', '', current_date - 700 + n / 150, current_date - 690 + n / 150,
  current_date - 700 + n / 150, '', now()
FROM generate_series(1, %(cases)s) n
"""


def fill(found: House, cases: int) -> None:
    """So many cases, notices and postings of the authority's."""
    from lms.training.lifecycle.models import ProcessRule

    rule = ProcessRule.objects.get(authority=found.authority)
    given = {
        "cases": cases,
        "firms": FIRMS,
        "every": cases // OWN,
        "process": PROCESS,
        "rule": rule.pk,
        "authority": found.authority.pk,
        "firm": found.firm.pk,
        "rare": Organisation.objects.get(memberships__user=found.rare).pk,
        "clerk": found.clerk.pk,
        "officer": found.officer.pk,
    }
    with connection.cursor() as cursor:
        for statement in (_FIRMS, _CASES, _NOTICES, _POSTINGS):
            cursor.execute(statement, given)
        cursor.execute("ANALYZE")


def pages(found: House) -> dict[str, tuple[str, User | None]]:
    """Name → address and who asks."""
    queue = f"/admin/training/cases/{PROCESS}/"
    own, officer = found.clerk, found.officer
    late = today() - timedelta(days=3)
    return {
        "applications of a body": ("/cases/", own),
        "applications of a body, its only one the oldest": ("/cases/", found.rare),
        "/cases/ of an officer": ("/cases/", officer),
        "queue: where something waits": ("/admin/training/cases/", officer),
        "queue: what waits": (queue, officer),
        "queue: what one has in hand": (f"{queue}?state=mine", officer),
        "queue: by last day, further on": (f"{queue}?state=due&after={late.isoformat()}.1", officer),
        "queue: late": (f"{queue}?state=late", officer),
        "queue: one state, further on": (f"{queue}?state=named&after=1.50000", officer),
        "queue: by number": (f"{queue}?number=JD-2005-50", officer),
        "public notices": ("/cases/notices/", None),
        "public notices, further on": ("/cases/notices/?after=50000.50000", None),
        "board": ("/board/", None),
        "board: archived of a kind and an authority": (
            f"/board/?state=archived&kind=named&authority={found.authority.code}",
            None,
        ),
        "board: a year": (f"/board/?year={today().year - 1}", None),
        "postings of the authority, staff": ("/admin/training/board/", officer),
    }


def run(cases: int, seconds: int, folder: Path, say: Say) -> None:
    from time import monotonic

    found = house()
    asked = pages(found)
    cookies = {user.pk: data.session_cookie(user) for _address, user in asked.values() if user is not None}
    with served("lms.config.wsgi:application", folder) as site:
        # The first question of each page reads its templates.
        for address, user in asked.values():
            _looked_at(site + address, cookies[user.pk] if user is not None else "")
        limits = {name: _pressed(site, *one, cookies, seconds) for name, one in asked.items()}
        began = monotonic()
        fill(found, cases)
        say("lists: rows written", rows=3 * cases + FIRMS, seconds=round(monotonic() - began, 1))
        for name, one in asked.items():
            figures = _pressed(site, *one, cookies, seconds)
            # One client alone, in the long form.
            alone = _pressed(site, *one, cookies, 1, clients=1)["p95_ms"] if seconds > 1 else None
            say(
                f"list, {name}",
                cases=cases,
                **figures,
                alone_p95_ms=alone,
                limit=limits[name]["per_second"],
                limit_p95_ms=limits[name]["p95_ms"],
                ratio=round(figures["per_second"] / max(limits[name]["per_second"], 1), 3),
                aim_p95_ms=AIM_P95_MS,
            )


def _looked_at(address: str, cookie: str) -> None:
    """By both processes of the site, as far as four questions reach both."""
    for _again in range(4):
        with urlopen(Request(address, headers={"Cookie": cookie}), timeout=60) as answer:
            answer.read()


def _pressed(
    site: str, address: str, user: User | None, cookies: dict[int, str], seconds: int, clients: int = 8
) -> dict[str, float]:
    headers = {"Cookie": cookies[user.pk]} if user is not None else None
    # Visitors' pages are kept by their address: each question is a new one.
    script = "" if user is not None else UNSEEN
    return press(site + address, seconds=seconds, clients=clients, headers=headers, script=script)
