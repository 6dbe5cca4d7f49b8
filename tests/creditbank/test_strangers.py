"""Other people's things: whoever is no part of a matter opens, changes and reads none of it, by any address of the credit bank.

The addresses are read from the address table and the API's own description, and each is given the keys of somebody else's
things that may stand there, so that a new address is tried as well; a word that is not known yet fails the test. Two try: a
learner, and one who holds every office there is, elsewhere.
"""

import json
import re
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from creditbank import urls
from creditbank.applications import redemptions
from creditbank.applications import services as applying
from creditbank.applications.models import ApplicationFile
from creditbank.credentials import keys
from creditbank.credentials import services as credentials
from creditbank.dual.exemptions import ask_exemption
from creditbank.holders import merging
from creditbank.honours.cohorts import answer, invite, open_cohort
from creditbank.honours.services import give
from creditbank.ledger.models import Account
from creditbank.outcomes.models import OutcomeEvidence
from creditbank.promotion.services import propose
from creditbank.shares import exports
from creditbank.shares.services import Wish, create_share
from creditbank.transcripts.services import make_transcript
from creditbank.wagtail_hooks import admin_urls
from lms.accounts.models import Membership, Organisation
from lms.config.api import api
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from tests.creditbank.applications.cases import House
from tests.creditbank.credentials.conftest import rsa_private
from tests.creditbank.deposits import lists
from tests.creditbank.dual.test_exemptions import course_result
from tests.creditbank.holders.test_merging import PAPERS
from tests.creditbank.honours.test_a49 import authority, body, employed, rule, union
from tests.creditbank.honours.test_a66 import STUDY, number_of
from tests.creditbank.promotion import test_promotions as promotions
from tests.creditbank.rules.house import House as RuleHouse
from tests.creditbank.theory.test_theory_papers import written
from tests.factories.creditbank import SYSTEM, member, person
from tests.factories.dual import admitted, assess, exempting, recombined, staff

__all__ = ["rsa_private"]
pytestmark = [pytest.mark.django_db, pytest.mark.long]
NAME, REASON = "欧阳敏之", "这是一条只给本人看的理由"
MATTER = "只给本人看的项目"
TRACES = (NAME, REASON, MATTER)
REFUSED = {403, 404, 405}
# What else stands in an address.
OTHERS = {"act": "hide", "name": "clr.json", "form": "csv"}
# Plans, and the entries of the catalogue, are everybody's.
PUBLIC = {"plans", "catalogue"}
# What an honest client would send, all in one: so that it is the person who is refused and not the form.
SAID = {
    "action": "approve",
    "approve": True,
    "approved": True,
    "genuine": True,
    "grant": True,
    "redeem": True,
    "method": "register",
    "note": "核对过",
    "reason": "核对过，材料齐全",
    "text": "补充说明",
    "what": "请补充材料",
    "until": (today() + timedelta(days=20)).isoformat(),
    "name_form": "masked",
    "days": 10,
    "number": "S000131000123243000456",
    "issued_on": today().isoformat(),
    "assessed_on": today().isoformat(),
    "course": "RB101",
    "scores": {"theory": 8000, "operation": 8000, "competence": 8000},
    "assessor": "assess",
    "revision": 1,
    "kind": "training",
}


@pytest.fixture
def things(rsa_private):
    """Somebody with one of everything: under the word before a key in an address, the keys of theirs that may stand there."""
    keys.introduce(Ed25519PrivateKey.generate(), SYSTEM)
    keys.introduce(rsa_private, SYSTEM)
    holder, house = employed(person(NAME)), House(reviewers=1)
    _who, waiting = house.case(holder, verified=False)
    file = kept(ApplicationFile(application=waiting))
    proof = kept(OutcomeEvidence(outcome=waiting.outcome))
    _who, decided = house.case(holder)
    decided = applying.decide(house.first, decided, approve=True, reason=REASON)
    redemption = redemptions.request(holder, decided.programme)
    prize = promotions.award(holder)
    promotions.rule()
    promotion = propose(holder, prize, lists.issuer().code)
    reward = give(SYSTEM, rule(), prize.uuid, reason=REASON)
    candidate = promotions.award(holder, title=MATTER)
    cohort = open_cohort(SYSTEM, union(), name="学历提升", first_year=today().year, target=9, source="方案")
    place = answer(holder, invite(SYSTEM, cohort, number=number_of(holder), **STUDY), accept=True)
    crew = staff()
    enrolment = admitted(recombined(), crew, holder)
    exemption = ask_exemption(holder, exempting().plan, course_result(holder).uuid)
    transcript = make_transcript(holder)
    signed = credentials.issue(holder, transcript, name_form="real", days=30)
    wish = Wish(
        purpose=REASON,
        until=today() + timedelta(days=9),
        name_form="real",
        organisation=body().uuid,
        for_export=True,
    )
    share = create_share(holder, wish, transcript)
    export = exports.make_export(member("hr", body()), body(), MATTER)
    batch = lists.planned(lists.xlsx(lists.row(NAME)))
    draft = RuleHouse("drafting", "起草学院").submitted(title=MATTER)
    merge = merging.request(member("officer", authority()), person(NAME), person(NAME), evidence=PAPERS)
    outcomes = [waiting.outcome, decided.outcome, prize, candidate, written(holder)]
    rows = {
        "apply": outcomes,
        "outcomes": outcomes,
        "evidence": [proof],
        "files": [file],
        "applications": [waiting, decided],
        "review": [waiting, decided],
        "recognised": [decided],
        "redemption": [redemption],
        "redemptions": [redemption],
        "promotions": [promotion],
        "honours": [reward.rule],
        "rewards": [reward],
        "cohorts": [cohort, place],
        "enrolments": [enrolment],
        "people": [enrolment],
        "results": [assess(crew, enrolment, "RB101")],
        "dual": [enrolment, exemption],
        "exemptions": [exemption],
        "requests": [exemption],
        "transcript": [transcript],
        "transcripts": [transcript],
        "credentials": [signed, transcript],
        "shares": [share],
        "exports": [export],
        "deposits": [batch],
        "batches": [batch],
        "rules": [draft],
        "rule-drafts": [draft],
        "merges": [merge],
        "accounts": list(Account.objects.filter(holder=holder.uuid)),
    }
    return {name: [str(row.uuid) for row in found] for name, found in rows.items()} | {
        "honours and": [(str(reward.rule.uuid), str(candidate.uuid))],
        "cohorts and": [(str(cohort.uuid), str(place.uuid))],
    }


def kept(row):
    row.name, row.mime, row.size, row.added_at = "材料.png", "image/png", 3, now()
    row.file.save("材料.png", ContentFile(b"abc"), save=False)
    row.save()
    return row


@pytest.fixture
def learner():
    return entered(person("路人"))


@pytest.fixture
def officeholder():
    """Every office of every kind of body, elsewhere; officers of an authority are not among them: they see all merges."""
    user = person("别处的人")
    kinds = {
        "college": ("reviewer", "admin", "editor", "assessor", "teacher", "hr"),
        "assessor": ("assessor", "admin", "hr"),
        "enterprise": ("hr", "admin", "assessor"),
        "union": ("hr", "admin"),
        "provider": ("hr", "admin", "assessor", "approver"),
        "authority": ("auditor",),
    }
    for kind, roles in kinds.items():
        home = Organisation.objects.create(code=f"elsewhere-{kind}", name=f"别处 {kind}", kind=kind)
        for role in roles:
            Membership.objects.create(user=user, organisation=home, role=role, since=date(2020, 1, 1))
    return entered(user)


def entered(user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    client.user = user
    return client


def addresses(things):
    """Every address of a page or staff screen with a key in it, and with whom of things it is filled."""
    ours = [(f"credit:{item.name}", str(item.pattern)) for item in urls.urlpatterns]
    ours += [(item.name, str(item.pattern)) for item in admin_urls()]
    for name, route in ours:
        places = re.findall(r"<(\w+):(\w+)>", route)
        wanted = [what for kind, what in places if kind == "uuid"]
        word = word_of(route, "<uuid:")
        if not wanted or word in PUBLIC:
            continue
        others = {what: OTHERS[what] for kind, what in places if kind != "uuid"}
        for found in things[word if len(wanted) == 1 else f"{word} and"]:
            values = (found,) if len(wanted) == 1 else found
            yield reverse(name, kwargs=others | dict(zip(wanted, values, strict=True)))


def operations(things):
    for path, item in api.get_openapi_schema()["paths"].items():
        word = word_of(path, "{uuid}")
        if path.startswith("/api/v1/credit/") and "{uuid}" in path and word not in PUBLIC:
            for method in item:
                for key in things[word]:
                    places = {"{uuid}": key, "{course}": "RB101", "{result}": things["results"][0]}
                    yield method.upper(), re.sub(r"{\w+}", lambda found, of=places: of[found[0]], path)


def word_of(route, place):
    """What stands before the first key: "outcomes" of outcomes/<uuid:uuid>/."""
    return route.partition(place)[0].rstrip("/").rpartition("/")[2]


def refused(answer):
    """Not found, not allowed, or led to sign in."""
    if answer.status_code == 302:
        return "/login" in answer["Location"]
    return answer.status_code in REFUSED


def silent(answer):
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return not any(trace in text.decode("utf-8", "replace") for trace in TRACES)


@pytest.mark.parametrize("who", ["learner", "officeholder"])
def test_nothing_of_somebody_elses(request, things, who):
    client = request.getfixturevalue(who)
    pages, calls = list(addresses(things)), list(operations(things))
    assert len(pages) > 60
    assert len(calls) > 60
    before = AuditRow.objects.count()
    wrong = {}
    for address in pages:
        for answer_ in (client.get(address), client.post(address, SAID | {"scores": "80"})):
            if not (refused(answer_) and silent(answer_)):
                wrong[f"{answer_.request['REQUEST_METHOD']} {address}"] = answer_.status_code
    for method, address in calls:
        answer_ = client.generic(
            method, address, json.dumps(SAID | {"content": {}}), content_type="application/json"
        )
        if not (refused(answer_) or answer_.status_code == 401) or not silent(answer_):
            wrong[f"{method} {address}"] = answer_.status_code, answer_.content.decode()[:200]
    assert wrong == {}
    # Looks and acts would be on record.
    assert AuditRow.objects.count() == before
