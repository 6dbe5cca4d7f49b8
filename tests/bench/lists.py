"""The lists of training administration with a hundred thousand cases, notices, postings, bases, tenders and so on behind them, asked
by one client a core and by eight; beside a page of each kind with nothing on it, which is what frame, session and permission cost.

Rows go straight into the tables, written by the database itself: what is measured is the reading.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

from django.db import connection
from django.db.backends.utils import CursorWrapper

from lms.accounts.models import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import now, today
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
  (uuid, code, name, kind, sector, uscc, uscc_checked, uscc_proof, status, status_reason, brand_version, created_at)
SELECT gen_random_uuid(), 'bench-firm-' || n, '企业 ' || n, 'enterprise', '', '', false, '', 'active', '', 0, now()
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
# Every fiftieth was called off.
_ENDED = """
INSERT INTO training_withdrawal (posting_id, day, reason, ended, url, at)
SELECT id, first_day + 2, '单位提出不再举办', true, '', now() FROM training_posting WHERE key LIKE 'bench:%%' AND id %% 50 = 0
"""


# The rooms whose lists are of something that hangs on a case: process and the states it is found in.
_ROOMS = {
    "ce-base": ["named"],
    "tender": ["published", "review", "awarded", "failed"],
    "advanced-programme": ["enrolling", "running", "settled"],
    "digital-item": ["approved", "open", "closed"],
}
_ROOM_CASES = """
WITH firms AS (SELECT array_agg(id ORDER BY id) AS ids FROM accounts_organisation WHERE code LIKE 'bench-firm-%%')
INSERT INTO training_case
  (uuid, number, process, rule_id, authority_id, body_id, applicant_id, state, waits, rank, revision, begun_at, opened_on, facts)
SELECT gen_random_uuid(), upper(%(room)s) || '-' || n, %(room)s, %(room_rule)s, %(authority)s, ids[1 + n %% cardinality(ids)],
  %(clerk)s, (%(states)s::text[])[1 + n %% %(kinds)s], 'nobody', 1, 3, now(), current_date - n %% 700, '{}'
FROM generate_series(1, %(cases)s) n CROSS JOIN firms
"""
# Of each body one base stands, the others were one once.
_BASES = """
INSERT INTO training_base (uuid, number, named_on, removed_on, reason, authority_id, body_id, case_id)
SELECT gen_random_uuid(), 'BJ-' || id, current_date - 700 - (id %% 700)::int,
  CASE WHEN row_number() OVER (PARTITION BY body_id ORDER BY id) > 1 THEN current_date - (id %% 700)::int END, '',
  authority_id, body_id, id
FROM training_case WHERE process = 'skills-base'
"""
_CE_BASES = """
INSERT INTO training_educationbase
  (uuid, number, host_kind, industry, specialty, named_on, removed_on, reason, authority_id, body_id, case_id)
SELECT gen_random_uuid(), 'BE-' || id, 'enterprise', (ARRAY['manufacturing', 'software'])[1 + id %% 2], '',
  current_date - 700 - (id %% 700)::int,
  CASE WHEN row_number() OVER (PARTITION BY body_id ORDER BY id) > 1 THEN current_date - (id %% 700)::int END, '',
  authority_id, body_id, id
FROM training_case WHERE process = 'ce-base'
"""
_TENDERS = """
WITH made AS (
  INSERT INTO training_tender (uuid, title, level, fund, tie, published_on, closes_on, opens_until, round, case_id)
  SELECT gen_random_uuid(), '需求包 ' || id, 'city', 'city', 'time', opened_on, opened_on + 20, opened_on + 30, 1, id
  FROM training_case WHERE process = 'tender' RETURNING id)
INSERT INTO training_tenderpart (code, need, ceiling_fen, days, criteria, tender_id)
SELECT 'A', '', 5000000, 10, '[]', id FROM made
"""
_PROGRAMMES = """
WITH call AS (
  INSERT INTO training_topiccall (uuid, year, kind, title, about, first_day, last_day, at, authority_id)
  VALUES (gen_random_uuid(), 2025, 'advanced', '征集', '', current_date - 90, current_date - 60, now(), %(authority)s)
  RETURNING id),
plan AS (
  INSERT INTO training_programmeplan (uuid, version, title, number, lines, published_on, at, call_id)
  SELECT gen_random_uuid(), 1, '计划', '1', '[]', current_date - 50, now(), id FROM call RETURNING id)
INSERT INTO training_programme
  (uuid, title, audience, level, fund, host_standing, host_ground, centihours, people, budget_fen, approved_on, case_id,
   host_id, plan_id, call_id)
SELECT gen_random_uuid(), '研修班 ' || row.id, '', 'city', 'city', 'leading', '', 4000, 50, 10000000, row.opened_on, row.id,
  row.body_id, plan.id, call.id
FROM training_case row, plan, call WHERE process = 'advanced-programme'
"""
_DIGITAL = """
INSERT INTO training_digitalitem
  (uuid, track, year, title, level, fund, direction, stages, team_most, people, centihours, budget_fen, approved_on,
   authority_id, case_id, host_id)
SELECT gen_random_uuid(), (ARRAY['national', 'contest', 'training'])[1 + id %% 3], 2020 + id %% 7, '项目 ' || id, 'city', 'city',
  '', '[]', 0, 50, 4000, 10000000, opened_on, authority_id, id, body_id
FROM training_case WHERE process = 'digital-item'
"""
_POLICIES = """
INSERT INTO training_policydocument
  (uuid, series, version, number, plain, title, bodies, issued_on, first_day, last_day, superseded_by, summary, text, url,
   note, at, keeper_id)
SELECT gen_random_uuid(), gen_random_uuid(), 1, '文〔' || n || '〕号', '文' || n || '号', '关于第 ' || n || ' 件事的通知', '区人社局',
  current_date - n / 10, NULL, CASE WHEN n %% 3 = 0 THEN current_date - 5 END, '', '', '', '', '', now(), %(authority)s
FROM generate_series(1, %(cases)s) n
"""
_SUGGESTIONS = """
INSERT INTO training_suggestion
  (uuid, number, code, contact, title, text, state, reply, reply_days, handed_in_on, due_on, replied_on, revision, at,
   authority_id, owner_id, person_id)
SELECT gen_random_uuid(), 'YJ-' || n, '', '', '意见 ' || n, '正文', CASE WHEN n %% 10 = 0 THEN 'open' ELSE 'replied' END, '', 15,
  current_date - n / 150, current_date - n / 150 + 20, CASE WHEN n %% 10 <> 0 THEN current_date - n / 150 + 10 END, 1, now(),
  %(authority)s, %(officer)s, %(clerk)s
FROM generate_series(1, %(cases)s) n
"""
_CHECKS = """
WITH firms AS (SELECT array_agg(id ORDER BY id) AS ids FROM accounts_organisation WHERE code LIKE 'bench-firm-%%'),
form AS (
  INSERT INTO training_checkform (version, valid_from, items, source, at, authority_id)
  VALUES (1, current_date - 900, '[]', 'bench', now(), %(authority)s) RETURNING id)
INSERT INTO training_check
  (uuid, number, sort, subject, title, reason, state, answers, findings, remark, revision, checked_on, centimarks, verdict,
   public, planned_at, decided_at, authority_id, body_id, rule_id, form_id)
SELECT gen_random_uuid(), 'JC-' || n, 'base', gen_random_uuid(), '检查 ' || n, '日常', CASE WHEN n %% 10 = 0 THEN 'planned' ELSE 'decided' END,
  '{}', '[]', '', 1, current_date - n %% 700, 9000, 'pass', n %% 2 = 0, now(), now(), %(authority)s,
  ids[1 + n %% cardinality(ids)], %(check_rule)s, form.id
FROM generate_series(1, %(cases)s) n CROSS JOIN firms CROSS JOIN form
"""
_FRAMES = """
INSERT INTO training_sampleframe
  (uuid, number, title, sort, announced, first_day, last_day, takes, size, text, sha256, at, authority_id)
SELECT gen_random_uuid(), 'CC-' || n, '抽查 ' || n, 'base', true, current_date - n %% 700, current_date - n %% 700 + 5, '[]', 10, '',
  '', now(), %(authority)s
FROM generate_series(1, %(cases)s) n
"""
# What one expert has judged, every twentieth case, and what experts have asked to be confirmed.
_MERITS = """
INSERT INTO training_act (uuid, number, name, source, "to", role, reason, papers, at, body_id, person_id, case_id)
SELECT gen_random_uuid(), 1, 'name', 'review', 'notice', 'officer', '', '[]', now() - make_interval(hours => (id %% 70000)::int),
  authority_id, %(officer)s, id
FROM training_case WHERE process = %(process)s AND id %% 20 = 0;
INSERT INTO training_meritstatement
  (uuid, number, purpose, template, version, lines, content, sha256, state, handed_in_at, decided_at, reason, authority_id,
   decided_by_id, person_id)
SELECT gen_random_uuid(), 'GX-' || n, 'title', 'GX', 1, 3, '', '', 'confirmed', now(), now(), '', %(authority)s, %(officer)s, %(clerk)s
FROM generate_series(1, %(cases)s) n
"""
_PLANS = """
INSERT INTO training_yearlyplan (uuid, series, year, version, title, number, note, published_on, published_at, authority_id)
SELECT gen_random_uuid(), gen_random_uuid(), 2000 + n %% 30, 1 + n / 30, '计划 ' || n, '', '', current_date - n %% 700, now(), %(authority)s
FROM generate_series(1, %(cases)s) n;
INSERT INTO training_bundle (uuid, year, title, purpose, guide, state, published_at, owner_id, audience)
SELECT gen_random_uuid(), 2020 + n %% 7, '课程包 ' || n, 'year', '', 'published', now() - make_interval(hours => n %% 70000), %(authority)s, ''
FROM generate_series(1, %(cases)s) n
"""
_OF_ROOMS = (
    _BASES,
    _CE_BASES,
    _TENDERS,
    _PROGRAMMES,
    _DIGITAL,
    _POLICIES,
    _SUGGESTIONS,
    _CHECKS,
    _FRAMES,
    _MERITS,
    _PLANS,
)


def fill(found: House, cases: int, others: int) -> int:
    """So many cases, notices, postings and bases of the authority's, and so many of everything else there is a list of. → how many
    rows."""
    from lms.training.lifecycle.models import ProcessRule

    rules = {row.process: row.pk for row in ProcessRule.objects.filter(authority=found.authority)}
    for process in (*_ROOMS, "check-finding"):
        if process not in rules:
            rules[process] = ProcessRule.objects.create(
                process=process,
                version=1,
                authority=found.authority,
                valid_from=date(2023, 6, 14),
                values={},
                source="bench",
                published_at=now(),
            ).pk
    given = {
        "cases": cases,
        "firms": FIRMS,
        "every": cases // OWN,
        "process": PROCESS,
        "rule": rules[PROCESS],
        "check_rule": rules["check-finding"],
        "authority": found.authority.pk,
        "firm": found.firm.pk,
        "rare": Organisation.objects.get(memberships__user=found.rare).pk,
        "clerk": found.clerk.pk,
        "officer": found.officer.pk,
    }
    written = 0
    with connection.cursor() as cursor, _unchecked(cursor):
        for statement in (_FIRMS, _CASES, _NOTICES, _POSTINGS, _ENDED):
            cursor.execute(statement, given)
            written += cursor.rowcount
        for room, states in _ROOMS.items():
            of_room = {"room": room, "states": states, "kinds": len(states), "room_rule": rules[room]}
            cursor.execute(_ROOM_CASES, given | of_room | {"cases": others})
            written += cursor.rowcount
        for statements in _OF_ROOMS:
            for statement in statements.split(";\n"):
                cursor.execute(statement, given | {"cases": others})
                written += cursor.rowcount
    with connection.cursor() as cursor:
        # As autovacuum leaves a table that nobody is just filling.
        cursor.execute("VACUUM ANALYZE")
    return written


@contextmanager
def _unchecked(cursor: CursorWrapper) -> Iterator[None]:
    """Foreign keys of rows that were made to fit are not looked up one by one, where the database lets this role do so."""
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if may := cursor.fetchone()[0]:
        cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        if may:
            cursor.execute("RESET session_replication_role")


def pages(found: House) -> dict[str, tuple[str, User | None]]:
    """Name → address and who asks."""
    staff, queue = "/admin/training", f"/admin/training/cases/{PROCESS}/"
    own, officer = found.clerk, found.officer
    late = today() - timedelta(days=3)
    return {
        "applications of a body": ("/cases/", own),
        "applications of a body, its only one the oldest": ("/cases/", found.rare),
        "/cases/ of an officer": ("/cases/", officer),
        "queue: where something waits": (f"{staff}/cases/", officer),
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
        "board: archived, further on": (
            f"/board/?state=archived&after={(today() - timedelta(days=300)).isoformat()}.90000",
            None,
        ),
        "board: current": ("/board/?state=current", None),
        "board: a year": (f"/board/?year={today().year - 1}", None),
        "board: a word that nothing has": ("/board/?q=%E9%93%B6%E6%9D%8F", None),
        "board: RSS": ("/board/rss/", None),
        "open data: 500 postings": ("/board/data/postings.json", None),
        "open data: 500 bases as CSV": ("/board/data/bases.csv", None),
        "postings of the authority, staff": (f"{staff}/board/", officer),
        "bases": ("/bases/", None),
        "bases taken back, further on": ("/bases/?state=removed&page=2000", None),
        "continuing-education bases": ("/ce-bases/", None),
        "continuing-education bases that left, further on": ("/ce-bases/?state=left&page=2000", None),
        "continuing-education bases, staff": (f"{staff}/ce-bases/", officer),
        "tenders": ("/tenders/", None),
        "tenders decided, further on": ("/tenders/?state=done&page=1000", None),
        "tenders, staff": (f"{staff}/tenders/", officer),
        "programmes that enrol": ("/programmes/", None),
        "programmes done, further on": ("/programmes/?state=done&page=1000", None),
        "digital items": ("/digital/", None),
        "digital items of a track and a year, further on": (
            "/digital/?state=contest&year=2024&page=100",
            None,
        ),
        "digital items, staff": (f"{staff}/digital/", officer),
        "policies": ("/policies/", None),
        "policies: words": ("/policies/?words=99995", None),
        "policies in force, further on": ("/policies/?state=in_force&page=2000", None),
        "policies, staff": (f"{staff}/policies/", officer),
        "suggestions, staff": (f"{staff}/suggestions/", officer),
        "suggestions replied, further on, staff": (
            f"{staff}/suggestions/?state=replied&after=50000.50000",
            officer,
        ),
        "draws": ("/supervision/", None),
        "results of checks": ("/supervision/results/", None),
        "results of checks, further on": ("/supervision/results/?page=2000", None),
        "supervision's dashboard": (f"{staff}/supervision/", officer),
        "draws, staff": (f"{staff}/frames/", officer),
        "checks, staff": (f"{staff}/checks/", officer),
        "checks decided, further on, staff": (f"{staff}/checks/?state=decided&page=2000", officer),
        "yearly plans": ("/plans/", None),
        "yearly plans, staff": (f"{staff}/plans/", officer),
        "bundles": ("/bundles/", None),
        "bundles, staff": (f"{staff}/bundles/", officer),
        "an expert's contributions": ("/merits/", officer),
        "an expert's contributions of a year": (f"/merits/?year={today().year - 1}", officer),
        "statements of merit, staff": (f"{staff}/merits/?state=confirmed", officer),
    }


# A page of each kind with nothing on it: what frame, session and permission cost alone.
FRAMES = {
    "staff": "queue: by number",
    "a person's": "/cases/ of an officer",
    "public": "public notices",
}


def _frame(address: str) -> str:
    if address.startswith("/admin/"):
        return "staff"
    return (
        "a person's" if address.startswith(("/cases/", "/merits/")) and "notices" not in address else "public"
    )


def run(cases: int, seconds: int, folder: Path, say: Say, *, drawn: int | None = None) -> None:
    """Each list asked by one client a core, which is what one officer feels, and by eight clients at once. drawn: look at so many
    of them, the frames among them, and at other ones another time.
    """
    from time import monotonic

    found = house()
    asked = pages(found)
    if drawn is not None:
        seed = random.randrange(10**6)
        chosen = {*FRAMES.values(), *random.Random(seed).sample(sorted(asked), drawn)}
        say("lists drawn", seed=seed, of=len(asked), lists=len(chosen))
        asked = {name: one for name, one in asked.items() if name in chosen}
    cookies = {user.pk: data.session_cookie(user) for _address, user in asked.values() if user is not None}
    cores = os.cpu_count() or 1
    with served("lms.config.wsgi:application", folder) as site:
        # The first question of each page reads its templates.
        for address, user in asked.values():
            _looked_at(site + address, cookies[user.pk] if user is not None else "")
        frames = {}
        for kind, name in FRAMES.items():
            alone = _pressed(site, *asked[name], cookies, seconds, clients=cores)
            frames[kind] = alone, _pressed(site, *asked[name], cookies, seconds)
            say(
                f"frame with nothing in it, {kind}",
                p95_ms=alone["p95_ms"],
                of_eight_p95_ms=frames[kind][1]["p95_ms"],
            )
        began = monotonic()
        # The other rooms' hundred thousand take a minute more: in the long form.
        others = cases if drawn is None else cases // 10
        written = fill(found, cases, others)
        say("lists: rows written", rows=written, others=others, seconds=round(monotonic() - began, 1))
        for name, one in asked.items():
            alone = _pressed(site, *one, cookies, seconds, clients=cores)
            eight = (
                _pressed(site, *one, cookies, seconds) if drawn is None or name in FRAMES.values() else None
            )
            frame = frames[_frame(one[0])]
            say(
                f"list, {name}",
                cases=cases,
                clients=cores,
                per_second=alone["per_second"],
                p95_ms=alone["p95_ms"],
                frame_p95_ms=frame[0]["p95_ms"],
                errors=alone["errors"] + (eight["errors"] if eight else 0),
                aim_p95_ms=AIM_P95_MS,
                **(
                    {"of_eight_p95_ms": eight["p95_ms"], "of_eight_frame_p95_ms": frame[1]["p95_ms"]}
                    if eight
                    else {}
                ),
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
