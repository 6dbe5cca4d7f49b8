"""Attempts through services and pages: double clicks, lost lines, a sign-in that ran out, other people."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.assessment import services
from lms.learning.assessment.models import QuizAnswer, QuizAttempt
from lms.learning.assessment.queries import quiz_in, shown
from lms.learning.study.models import LessonProgress
from lms.lib.errors import Conflict, Invalid, NotFound
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.courses import question, quiz, released_course, text
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db


def lessons(course):
    questions = [
        question(course, key="one"),
        question(course, key="two", kind="true_false", options=[], answer=["true"], stem="先验电再接地。"),
        question(course, key="three", kind="fill", options=[], answer=[["接地线"]], stem="验电后挂___。"),
    ]
    return [[text()], [quiz(questions, pass_percent=60)]]


def quiz_release():
    return released_course(lessons)


@pytest.fixture
def item():
    return enrolment(release=quiz_release())


@pytest.fixture
def place(item):
    return item.release.lessons.all()[1]


@pytest.fixture
def block(place):
    return next(found["id"] for found in place.blocks if found["type"] == "quiz")


@pytest.fixture
def attempt(item, place, block):
    return services.begin(item.person, item, place, block)


@pytest.fixture
def client(item):
    found = Client()
    found.force_login(item.person)
    return found


@pytest.fixture
def url(item, place, block, attempt):
    return reverse("learning:attempt", args=[item.uuid, place.uuid, block, attempt.uuid])


def ids(place, block):
    return [found["id"] for found in quiz_in(place, block).questions]


def right(place, block):
    one, two, three = ids(place, block)
    return {one: ["a"], two: ["true"], three: ["接地线"]}


def form(place, block):
    one, two, three = ids(place, block)
    return {
        f"shown-{one}": "1",
        f"q-{one}": "a",
        f"shown-{two}": "1",
        f"q-{two}": "true",
        f"q-{three}-1": "接地线",
    }


def test_beginning_twice_is_one_attempt(item, place, block, attempt):
    assert services.begin(item.person, item, place, block).pk == attempt.pk


def test_answers_are_kept_one_by_one_and_the_last_counts(item, place, block, attempt):
    one = ids(place, block)[0]
    services.save_answers(item.person, attempt, {one: ["b"]})
    services.save_answers(item.person, attempt, {one: ["a"]})
    assert QuizAnswer.objects.get(attempt=attempt).response == ["a"]


def test_closing_twice_changes_nothing(item, place, block, attempt):
    first = services.submit(item.person, attempt, right(place, block))
    assert (first.percent, first.passed) == (100, True)
    again = services.submit(item.person, attempt, {ids(place, block)[0]: ["b"]})
    assert (again.closed_at, again.percent) == (first.closed_at, 100)
    with pytest.raises(Conflict):
        services.save_answers(item.person, attempt, {ids(place, block)[0]: ["b"]})


def test_closing_meets_the_block_whatever_the_result(item, place, block, attempt):
    services.submit(item.person, attempt, {})
    assert LessonProgress.objects.get(lesson=place).granted == [block]
    assert services.begin(item.person, item, place, block).number == 2


@pytest.mark.parametrize("bad", [{"nothing": ["a"]}, {"first": ["z"]}, {"first": "a"}, {"first": None}])
def test_impossible_answers_are_refused_and_nothing_is_kept(item, place, block, attempt, bad):
    one, two, _three = ids(place, block)
    given = {two: ["true"]} | {one if key == "first" else key: value for key, value in bad.items()}
    with pytest.raises(Invalid):
        services.save_answers(item.person, attempt, given)
    assert QuizAnswer.objects.count() == 0


def test_another_person_finds_nothing(attempt, url):
    other = UserFactory()
    with pytest.raises(NotFound):
        services.submit(other, attempt, {})
    client = Client()
    client.force_login(other)
    assert client.get(url).status_code == 404
    assert client.post(url, {"action": "submit"}).status_code == 404


def test_right_answers_stay_here_until_the_attempt_is_closed(item, place, block, attempt, client, url):
    assert "explanation" not in json.dumps(shown(attempt, quiz_in(place, block)))
    page = client.get(url).content.decode()
    assert "确认无电以后才挂接地线" not in page
    answer = client.post(url, form(place, block) | {"action": "submit"}, follow=True)
    assert "确认无电以后才挂接地线" in answer.content.decode()
    assert "3/3" in answer.content.decode()


def test_the_lessons_page_and_api_hold_no_answers(item, place, client):
    for address in (
        reverse("learning:player", args=[item.uuid, place.uuid]),
        f"/api/v1/learning/enrolments/{item.uuid}/lessons/{place.uuid}",
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "确认无电以后才挂接地线" not in answer.content.decode()
        assert "停电以后第一步" not in answer.content.decode()


def test_a_double_click_makes_one_attempt_and_one_result(item, place, block, client):
    begin = reverse("learning:quiz", args=[item.uuid, place.uuid, block])
    first, second = client.post(begin), client.post(begin)
    assert first.url == second.url
    for _click in range(2):
        assert client.post(first.url, form(place, block) | {"action": "submit"}).status_code == 302
    assert QuizAttempt.objects.count() == 1


def test_open_questions_are_asked_about_once(item, place, block, attempt, client, url):
    some = dict(list(form(place, block).items())[:2]) | {"action": "submit"}
    asked = client.post(url, some)
    assert asked.status_code == 302
    page = client.get(asked.url).content.decode()
    assert "还有 2 题没有答" in page
    assert "仍然交卷" in page
    attempt.refresh_from_db()
    assert attempt.closed_at is None
    assert client.post(url, some).status_code == 302
    attempt.refresh_from_db()
    assert attempt.closed_at is None
    client.post(url, some | {"action": "submit-anyway"})
    attempt.refresh_from_db()
    assert attempt.closed_at is not None


def test_a_sign_in_that_ran_out_in_the_middle_loses_nothing(item, place, block, attempt, url):
    client = Client(enforce_csrf_checks=True)
    client.force_login(item.person)
    token = client.get(url).cookies["csrftoken"].value
    client.cookies.pop("sessionid")
    answer = client.post(url, form(place, block) | {"action": "submit", "csrfmiddlewaretoken": token})
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=")
    assert QuizAnswer.objects.count() == 0
    login = client.get(answer.url)
    assert "刚才的答案留着" in login.content.decode()
    client.post(
        answer.url,
        {
            "login": item.person.email,
            "password": PASSWORD,
            "csrfmiddlewaretoken": login.cookies.get("csrftoken", client.cookies["csrftoken"]).value,
        },
    )
    page = client.get(url)
    assert "已经恢复" in page.content.decode()
    assert QuizAnswer.objects.count() == 3
    assert QuizAttempt.objects.get().closed_at is None


def test_what_waited_for_one_person_never_reaches_another(item, place, block, attempt, url):
    client = Client()
    client.post(url, form(place, block))
    client.force_login(UserFactory())
    assert client.get(url).status_code == 404
    assert QuizAnswer.objects.count() == 0


def test_saving_by_script_without_a_sign_in_is_401_json(item, place, block, attempt):
    address = reverse("learning:answers", args=[item.uuid, place.uuid, block, attempt.uuid])
    answer = Client().post(address, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "login_required")


@pytest.mark.parametrize("payload", ["{", "[]", '{"answers": 3}', "{}"])
def test_saving_nonsense_is_refused(client, item, place, block, attempt, payload):
    address = reverse("learning:answers", args=[item.uuid, place.uuid, block, attempt.uuid])
    assert client.post(address, payload, content_type="application/json").status_code == 422


def test_a_number_is_asked_for_judged_and_explained():
    def numbers(course):
        asked = question(
            course,
            key="volts",
            kind="numeric",
            options=[],
            answer=[["220", "5"]],
            stem="相电压是多少伏？",
            explanation="标称值。",
        )
        return [[text()], [quiz([asked], pass_percent=60)]]

    item = enrolment(release=released_course(numbers))
    place = item.release.lessons.all()[1]
    block = next(found["id"] for found in place.blocks if found["type"] == "quiz")
    (key,) = ids(place, block)
    client = Client()
    client.force_login(item.person)
    for typed, passed in (("２３０", False), ("224.5", True)):
        row = services.begin(item.person, item, place, block)
        url = reverse("learning:attempt", args=[item.uuid, place.uuid, block, row.uuid])
        page = client.get(url).content.decode()
        assert "答案（一个数，不写单位）" in page
        assert "220" not in page
        client.post(url, {f"q-{key}-1": typed, "action": "submit"})
        row.refresh_from_db()
        assert row.passed is passed
        page = client.get(url).content.decode()
        assert ("220 ± 5" in page) is not passed
        assert "标称值。" in page
        assert f'value="{typed}"' in page


STEPS = [
    {"id": key, "text": text} for key, text in (("a", "确认没有电压"), ("b", "短接并接地"), ("c", "灭火"))
]
TOOLS = [
    {"id": "1", "text": "验电笔", "option": "a"},
    {"id": "2", "text": "接地线", "option": "b"},
]


@pytest.fixture
def pairs():
    """Somebody with an attempt at a quiz of one matching question and one single choice."""

    def both(course):
        tools = question(
            course, key="tools", kind="matching", options=STEPS, answer=TOOLS, stem="各有什么用？"
        )
        return [[text()], [quiz([tools, question(course, key="one")], pass_percent=75)]]

    item = enrolment(release=released_course(both))
    place = item.release.lessons.all()[1]
    block = next(found["id"] for found in place.blocks if found["type"] == "quiz")
    client = Client()
    client.force_login(item.person)
    row = services.begin(item.person, item, place, block)
    return client, row, quiz_in(place, block).questions


def test_pairs_are_asked_for_saved_and_looked_at_again(pairs):
    client, row, (tools, one) = pairs
    assert tools["marking"] == "pairs-2026-11"
    url = reverse("learning:attempt", args=[row.enrolment.uuid, row.lesson.uuid, row.block, row.uuid])
    page = client.get(url).content.decode()
    for told in ("验电笔", "接地线", "配对一组得其中的 1/2", "灭火"):
        assert told in page
    assert page.count("<select") == 2
    # Which belongs to which is nowhere before the attempt is closed.
    told = shown(row, quiz_in(row.lesson, row.block))
    item = next(found for found in told if found["kind"] == "matching")
    assert set(item["prompts"][0]) == {"id", "number", "text", "chosen"}
    # Nor in the ids: the author's follow the pairs, those of the release the texts.
    assert {option["id"]: option["text"] for option in item["options"]} == {
        "a": "灭火",
        "b": "短接并接地",
        "c": "确认没有电压",
    }
    first = {f"q-{tools['id']}-1": "c", f"q-{tools['id']}-2": ""}
    client.post(url, first | {"action": "save"})
    assert QuizAnswer.objects.get(attempt=row).response == ["c", ""]
    assert '<option value="c" selected>' in client.get(url).content.decode()
    answer = client.post(
        url,
        first
        | {f"q-{tools['id']}-2": "a", f"shown-{one['id']}": "1", f"q-{one['id']}": "a", "action": "submit"},
        follow=True,
    ).content.decode()
    row.refresh_from_db()
    assert (row.points, row.max_points, row.percent, row.passed) == (1, 2, 75, True)
    for told in ("答对 1/2 题，1.5/2 分，即 75%", "应选：<span>短接并接地", "这一题得 0.5/1 分"):
        assert told in answer, told


def test_pairs_over_the_api_and_as_xapi(pairs):
    client, row, (tools, _one) = pairs
    address = f"/api/v1/learning/attempts/{row.uuid}"
    refused = client.get(f"{address}/statements")
    assert (refused.status_code, refused.json()["code"]) == (409, "attempt_open")
    bad = {"answers": {tools["id"]: ["c", "z"]}}
    assert client.post(f"{address}/answers", bad, content_type="application/json").status_code == 422
    given = {"answers": {tools["id"]: ["c", "a"]}}
    assert client.post(f"{address}/answers", given, content_type="application/json").json() == {"saved": 1}
    done = client.post(f"{address}/submit", {"answers": {}}, content_type="application/json").json()
    assert (done["points"], done["points_earned"], done["percent"], done["passed"]) == (0, "0.5", 25, False)
    item = next(found for found in done["questions"] if found["kind"] == "matching")
    assert [prompt["state"] for prompt in item["prompts"]] == ["right", "wrong"]
    first, whole = client.get(f"{address}/statements").json()
    assert first["object"]["definition"]["interactionType"] == "matching"
    assert first["object"]["definition"]["correctResponsesPattern"] == ["1[.]c[,]2[.]b"]
    assert first["result"] == {
        "score": {"raw": 0.5, "min": 0, "max": 1, "scaled": 0.5},
        "success": False,
        "completion": True,
        "response": "1[.]c[,]2[.]a",
    }
    assert (whole["verb"]["display"]["en-US"], whole["result"]["score"]) == ("failed", {"scaled": 0.25})
    assert client.get(f"{address}/statements").json() == [first, whole]
    other = Client()
    other.force_login(UserFactory())
    assert other.get(f"{address}/statements").status_code == 404


@pytest.fixture
def order():
    """Somebody with an attempt at a quiz of one question whose items are to be put in order."""

    def both(course):
        options = [{"id": str(n), "text": words} for n, words in enumerate(ORDER)]
        safe = question(
            course,
            key="safe",
            kind="ordering",
            options=options,
            answer=["0", "1", "2"],
            stem="先后？",
            points=3,
        )
        return [[text()], [quiz([safe], pass_percent=60)]]

    item = enrolment(release=released_course(both))
    place = item.release.lessons.all()[1]
    block = next(found["id"] for found in place.blocks if found["type"] == "quiz")
    client = Client()
    client.force_login(item.person)
    row = services.begin(item.person, item, place, block)
    return client, row, quiz_in(place, block).questions[0]


# By their texts, as their ids in a release are: 接地 a, 断电 b, 验电 c.
ORDER = ("断电", "验电", "接地")


def test_an_order_is_asked_for_saved_and_looked_at_again(order):
    client, row, safe = order
    assert safe["marking"] == "places-2026-11"
    url = reverse("learning:attempt", args=[row.enrolment.uuid, row.lesson.uuid, row.block, row.uuid])
    page = client.get(url).content.decode()
    for told in (*ORDER, "每放对一个位置得其中的 1/3", "第 3 位"):
        assert told in page
    assert page.count("<select") == 3
    (item,) = shown(row, quiz_in(row.lesson, row.block))
    # Where each belongs is nowhere before the attempt is closed, nor in the ids.
    assert item["places"] == [{"number": n, "chosen": ""} for n in (1, 2, 3)]
    assert {option["id"]: option["text"] for option in item["options"]} == {
        "a": "接地",
        "b": "断电",
        "c": "验电",
    }
    first = {f"q-{safe['id']}-{n}": key for n, key in enumerate(("b", "a", ""), 1)}
    client.post(url, first | {"action": "save"})
    assert QuizAnswer.objects.get(attempt=row).response == ["b", "a", ""]
    answer = client.post(
        url, first | {f"q-{safe['id']}-3": "c", "action": "submit"}, follow=True
    ).content.decode()
    row.refresh_from_db()
    assert (row.points, row.max_points, row.percent, row.passed) == (1, 3, 33, False)
    for told in ("1/3 分，即 33%", "应是：<span>验电", "这一题得 1/3 分", "放对了"):
        assert told in answer, told


def test_an_order_over_the_api_and_as_xapi(order):
    client, row, safe = order
    address = f"/api/v1/learning/attempts/{row.uuid}"
    bad = {"answers": {safe["id"]: ["c", "a"]}}
    assert client.post(f"{address}/answers", bad, content_type="application/json").status_code == 422
    given = {"answers": {safe["id"]: ["b", "c", "a"]}}
    done = client.post(f"{address}/submit", given, content_type="application/json").json()
    assert (done["points"], done["points_earned"], done["passed"]) == (3, "3", True)
    assert [place["state"] for place in done["questions"][0]["places"]] == ["right"] * 3
    first, _whole = client.get(f"{address}/statements").json()
    assert first["object"]["definition"]["interactionType"] == "sequencing"
    assert first["object"]["definition"]["correctResponsesPattern"] == ["b[,]c[,]a"]
    assert first["result"]["response"] == "b[,]c[,]a"
