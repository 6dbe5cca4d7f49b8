"""A year handed out: every record with its rule, frozen, numbered; the link is the holder's; nobody else reads it."""

import json
from datetime import date, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lms.learning.hours.models import HoursGoal
from lms.learning.statements import queries, rules
from lms.learning.statements.models import PaperContent, YearStatement
from lms.learning.statements.services import issue, revoke, set_link
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.verify.services import check
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in
from tests.learning.statements.years import claimed, completed, named, topped_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture
def user():
    return named(UserFactory(), "吴明达")


def content(statement):
    return queries.content_of(YearStatement.objects.get(pk=statement.pk))


class TestWhatItSays:
    def test_every_record_with_its_rule_and_its_year(self, user):
        before = completed(user, date(2025, 12, 31), 500)
        done = completed(user, date(2026, 1, 1), 600, kind="public")
        top_up = topped_up(before, date(2026, 2, 1), 25)
        claim = claimed(user, date(2026, 3, 4), 1200)
        claimed(user, date(2026, 3, 5), 700, state="department")
        completed(UserFactory(), date(2026, 1, 1), 9000)
        said = content(issue(user, 2026))
        assert [(row["source"], row["uuid"], row["centihours"]) for row in said["records"]] == [
            ("completion", str(done.uuid), 600),
            ("top_up", str(top_up.uuid), 25),
            ("declaration", str(claim.uuid), 1200),
        ]
        assert said["centihours"] == {"public": 600, "specialty": 1225, "vocational": 0}
        assert said["yearly_centihours"] == 1825
        assert said["records"][0]["rule"]["version"] == 1
        assert said["records"][1]["of"] == str(before.uuid)
        # No rule gave the claim's hours, and none is invented.
        assert said["records"][2]["rule"] == {}
        assert said["missing"] == {"total": 9000 - 1825, "specialty": 6000 - 1225, "public": None}

    def test_the_years_edge_is_shanghais(self, user):
        late, early = completed(user, date(2025, 6, 1), 100), completed(user, date(2025, 6, 2), 200)
        for row, moment in (
            (late, datetime(2025, 12, 31, 23, 59, 59, tzinfo=SHANGHAI)),
            (early, datetime(2026, 1, 1, tzinfo=SHANGHAI)),
        ):
            moved(row, moment)
        assert queries.facts(user, 2025)["centihours"]["specialty"] == 100
        assert queries.facts(user, 2026)["centihours"]["specialty"] == 200

    def test_where_no_goal_is_known_it_says_so(self, user, clock):
        assert HoursGoal.objects.count() == 1
        said = content(issue(user, 2014))
        assert (said["goal"], said["missing"]) == (None, None)
        page = signed_in(user).get(reverse("hours:statements") + "?year=2014").content.decode()
        assert "尚未设定" in page

    def test_vocational_hours_stand_beside_the_year(self, user):
        completed(user, date(2026, 1, 5), 300, kind="vocational")
        said = content(issue(user, 2026))
        assert (said["centihours"]["vocational"], said["yearly_centihours"]) == (300, 0)

    def test_queries_do_not_grow_with_the_records(self, user, django_assert_num_queries):
        def rows():
            with django_assert_num_queries(11):
                return queries.facts(user, 2026)["records"]

        for day in range(1, 4):
            topped_up(completed(user, date(2026, 1, day), 100), date(2026, 2, day), 10)
            claimed(user, date(2026, 1, day), 100)
        assert len(rows()) == 9


def moved(completion, moment):
    """Past the guards, as no service would."""
    from lms.learning.completion.models import Completion
    from tests.conftest import guards_aside

    with guards_aside(connection), connection.cursor() as cursor:
        value = connection.ops.adapt_datetimefield_value(moment)
        cursor.execute(
            f"UPDATE {Completion._meta.db_table} SET completed_at = %s WHERE id = %s", [value, completion.pk]
        )


class TestFrozen:
    def test_two_clicks_make_one_and_new_hours_the_next_version(self, user, clock):
        completed(user, date(2026, 1, 5), 300)
        first = issue(user, 2026)
        clock.shift(60)
        assert issue(user, 2026).pk == first.pk
        frozen = queries.text_of(first)
        completed(user, date(2026, 3, 1), 200)
        second = issue(user, 2026)
        assert (first.version, second.version) == (1, 2)
        assert content(second)["supersedes"] == first.number
        again = YearStatement.objects.get(pk=first.pk)
        assert (queries.text_of(again), again.content_hash) == (frozen, rules.digest(frozen))
        assert queries.superseded_by(again) == second.number

    def test_nobody_edits_or_deletes_one(self, user):
        made = issue(user, 2026)
        made.year = 2025
        with pytest.raises(AppendOnlyError):
            made.save()
        for sql in ("UPDATE learning_yearstatement SET year = 2025", "DELETE FROM learning_yearstatement"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)

    def test_the_stored_text_is_not_readable(self, user):
        issue(user, 2026)
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM learning_papercontent")
            assert "吴" not in cursor.fetchone()[0]

    def test_a_changed_or_erased_content_shows(self, user):
        made = issue(user, 2026)
        said = queries.text_of(made)
        PaperContent.objects.update(content=said.replace("吴明达", "吴明理"))
        with pytest.raises(Conflict, match="指纹不符"):
            queries.content_of(made)
        code = queries.verify_address(made)[0]
        with pytest.raises(Conflict):
            check(code)
        PaperContent.objects.all().delete()
        with pytest.raises(NotFound, match="已按本人的要求删除"):
            queries.content_of(made)
        assert signed_in(user).get(reverse("hours:statement", args=[made.uuid])).status_code == 404

    @pytest.mark.parametrize("year", [1999, 2027, 0])
    def test_a_year_that_cannot_be(self, user, year):
        with pytest.raises(Invalid):
            issue(user, year)
        assert not YearStatement.objects.exists()

    def test_it_is_recorded(self, user):
        made = issue(user, 2026)
        row = AuditRow.objects.get(action="year_statement.issue")
        assert (row.person, row.target) == (user.uuid, made.uuid)
        assert "吴" not in json.dumps(row.data, ensure_ascii=False)


class TestThePublicCheck:
    def test_it_shows_the_least(self, user):
        completed(user, date(2026, 1, 5), 300)
        made = issue(user, 2026)
        _code, verdict = check(queries.verify_address(made)[0])
        shown = dict(verdict.rows)
        assert (verdict.status, shown["持有人"], shown["专业科目"]) == ("valid", "吴＊＊", "3")
        assert "吴明达" not in str(verdict)
        assert "电工安全" not in str(verdict)

    def test_who_gave_no_name_is_known_by_what_the_paper_bears(self, clock):
        user = UserFactory(display_name="", phone="+8613911112233")
        verdict = check(queries.verify_address(issue(user, 2026))[0])[1]
        assert dict(verdict.rows)["持有人"] == "139 **** 2233"
        assert "在平台上的称呼" in verdict.note

    def test_hidden_ended_revoked(self, user, clock):
        made = issue(user, 2026)
        code = queries.verify_address(made)[0]

        def said():
            _code, verdict = check(code)
            return verdict.status, verdict.rows

        set_link(user, made, hidden=True, ends_on=None)
        assert said() == ("hidden", [])
        set_link(user, made, hidden=False, ends_on=date(2026, 3, 12))
        assert said()[0] == "valid"
        clock.shift(3 * 86_400)
        assert said() == ("expired", [])
        set_link(user, made, hidden=False, ends_on=None)
        assert said()[0] == "valid"
        with translation.override("en"):
            revoke(user, made)
        assert said() == ("revoked", [])
        # Whoever checks reads it in their own language, whatever its holder's.
        assert check(code)[1].note == "持有人已停用这份证明的验证。"
        with pytest.raises(Conflict):
            set_link(user, made, hidden=False, ends_on=None)
        with pytest.raises(Conflict):
            revoke(user, made)

    def test_a_revoked_paper_is_issued_anew(self, user):
        first = issue(user, 2026)
        revoke(user, first)
        assert issue(user, 2026).version == 2

    def test_an_older_version_names_the_newer(self, user):
        first = issue(user, 2026)
        completed(user, date(2026, 3, 1), 200)
        second = issue(user, 2026)
        _code, verdict = check(queries.verify_address(first)[0])
        assert verdict.status == "valid"
        assert second.number in verdict.note

    def test_a_day_gone_by_is_refused(self, user):
        with pytest.raises(Invalid, match="已经过去"):
            set_link(user, issue(user, 2026), hidden=False, ends_on=date(2026, 3, 9))

    def test_a_name_that_nobody_saw_is_said_to_be_so(self):
        made = issue(UserFactory(display_name="小吴"), 2026)
        _code, verdict = check(queries.verify_address(made)[0])
        assert "尚未通过实名核实" in verdict.note


class TestWhoReadsIt:
    def test_others_do_not(self, user):
        made = issue(user, 2026)
        for other in (UserFactory(), member("hr"), member("teacher"), member("reviewer")):
            with pytest.raises(NotFound):
                queries.readable(other, made.uuid)
            with pytest.raises(NotFound):
                set_link(other, made, hidden=True, ends_on=None)
            with pytest.raises(NotFound):
                revoke(other, made)
            client = signed_in(other)
            for name in ("statement", "statement_pdf", "statement_data"):
                assert client.get(reverse(f"hours:{name}", args=[made.uuid])).status_code == 404
            for name in ("statement_link", "revoke_statement"):
                assert client.post(reverse(f"hours:{name}", args=[made.uuid])).status_code == 404

    @pytest.mark.parametrize("role", ["officer", "auditor"])
    def test_duty_reads_and_is_logged(self, user, role):
        made = issue(user, 2026)
        viewer = member(role)
        assert queries.readable(viewer, made.uuid).pk == made.pk
        row = AuditRow.objects.get(action="year_statement.view")
        assert (row.person, row.target, made.number in row.reason) == (viewer.uuid, user.uuid, True)
        with pytest.raises(NotFound):
            set_link(viewer, made, hidden=True, ends_on=None)


class TestPages:
    def test_the_way_of_a_learner(self, user):
        completed(user, date(2026, 1, 5), 300)
        client = signed_in(user)
        page = client.get(reverse("hours:statements")).content.decode()
        assert "还差 87 学时" in page
        answer = client.post(reverse("hours:issue_statement"), {"year": "2026"})
        made = YearStatement.objects.get()
        assert answer["Location"] == reverse("hours:statement", args=[made.uuid])
        page = client.get(answer["Location"]).content.decode()
        assert "吴明达" in page
        assert "学时计算规则第 1 版" in page
        assert made.number in client.get(reverse("hours:statements")).content.decode()
        answer = client.post(
            reverse("hours:statement_link", args=[made.uuid]), {"hidden": "on", "ends_on": "2026-12-31"}
        )
        assert answer.status_code == 302
        made.link.refresh_from_db()
        assert (made.link.hidden, made.link.ends_on) == (True, date(2026, 12, 31))
        answer = client.post(reverse("hours:statement_link", args=[made.uuid]), {"ends_on": "2026-01-01"})
        assert answer.status_code == 422
        assert "已经过去" in answer.content.decode()
        assert client.post(reverse("hours:revoke_statement", args=[made.uuid])).status_code == 302
        assert client.get(reverse("hours:statement", args=[made.uuid])).status_code == 200

    def test_the_papers(self, user):
        completed(user, date(2026, 1, 5), 300)
        claimed(user, date(2026, 3, 4), 1200)
        made = issue(user, 2026)
        client = signed_in(user)
        answer = client.get(reverse("hours:statement_pdf", args=[made.uuid]))
        assert answer.content.startswith(b"%PDF-")
        assert answer.content == client.get(reverse("hours:statement_pdf", args=[made.uuid])).content
        answer = client.get(reverse("hours:statement_data", args=[made.uuid]))
        assert rules.digest(answer.content.decode()) == made.content_hash
        assert "no-store" in answer["Cache-Control"]

    def test_visitors_sign_in(self):
        answer = Client().get(reverse("hours:statements"))
        assert answer.status_code == 302
        assert "login" in answer["Location"]

    @pytest.mark.parametrize("year", ["", "zwei", "١٩٩٩", "99999999999", "-1"])
    def test_odd_years(self, user, year):
        client = signed_in(user)
        assert client.get(reverse("hours:statements"), {"year": year}).status_code == 200
        assert client.post(reverse("hours:issue_statement"), {"year": year}).status_code == 422
