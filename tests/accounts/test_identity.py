"""Real names: what a number can be, that nobody reads it at rest, who may see and change it."""

from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.demo import learner_id_number
from lms.accounts.identity import rules
from lms.accounts.identity.grounds import _grounds, register_ground
from lms.accounts.identity.models import Identity
from lms.accounts.identity.services import reveal_identity, set_identity, verify_identity
from lms.accounts.organisations.queries import actor, require_role
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member

TODAY = date(2026, 11, 21)
VECTOR = "11010519491231002X"


@pytest.mark.parametrize(
    "typed", [VECTOR, "11010519491231002x", "110105 1949 1231 002X", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_the_standards_own_example(typed):
    assert rules.normalise_number(typed) == VECTOR
    assert rules.id_card_fault(VECTOR, TODAY) is None


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("1101051949123100", "length"),
        ("110105194912310", "length"),  # the fifteen digits of cards before 1999 are no longer valid
        ("110105194912310021", "checksum"),
        ("11010519490231002X", "birth"),
        ("11010519491331002X", "birth"),
        ("A1010519491231002X", "digits"),
        ("1101051949123100X2", "digits"),
        ("110105209912310021", "future"),
        ("110105000012310021", "birth"),
    ],
)
def test_what_is_wrong_with_a_number(number, fault):
    assert rules.id_card_fault(number, TODAY) == fault


def test_numbers_whose_district_a_table_may_lack_are_accepted():
    assert rules.id_card_fault(learner_id_number(), TODAY) is None


born = st.dates(date(1900, 1, 1), date(2020, 12, 31))


@st.composite
def id_numbers(draw):
    head = f"{draw(st.integers(110000, 659999))}{draw(born):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return head + rules.check_digit(head)


@given(id_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_digit_is_caught(number, place, digit):
    wrong = number[:place] + digit + number[place + 1 :]
    assert (rules.id_card_fault(wrong, TODAY) is None) == (wrong == number)


@given(id_numbers(), st.integers(0, 16))
def test_any_swap_of_neighbours_is_caught(number, place):
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert (rules.id_card_fault(wrong, TODAY) is None) == (wrong == number)


@pytest.mark.parametrize(
    ("kind", "number", "right"),
    [
        ("passport", "E12345678", True),
        ("passport", "EB1234567", True),
        ("passport", "ABCDEFGH", False),
        ("passport", "E1234567890", False),
        ("hk_macao", "H12345678", True),
        ("hk_macao", "M1234567801", True),
        ("hk_macao", "K12345678", False),
        ("taiwan", "12345678", True),
        ("taiwan", "1234567890(A)", True),
        ("taiwan", "1234567", False),
        ("residence_permit", "810000199408230021", True),
        ("residence_permit", "830000199408230041", True),
        ("residence_permit", "83000019940823004X", False),
        ("residence_permit", "840000199408230029", False),
        ("residence_permit", VECTOR, False),
        ("residence_permit", "810000", False),
        ("permanent_residence", "CAN310082042615", True),
        ("permanent_residence", "931124198204261512", True),
        ("permanent_residence", "931124198204261514", False),
        ("permanent_residence", VECTOR, False),
        ("permanent_residence", "CAN3100820426", False),
        ("driving_licence", "12345678", False),
    ],
)
def test_other_papers(kind, number, right):
    faults = rules.faults(kind, "王芳", rules.normalise_number(number), TODAY)
    assert (faults == []) == right


def test_a_number_under_the_wrong_kind_is_told_of_its_own():
    assert rules.id_card_fault("810000199408230021", TODAY) == "is_permit"
    assert rules.id_card_fault("931124198204261512", TODAY) == "is_card"
    for number in (VECTOR, "810000199408230021", "931124198204261512"):
        assert rules.eighteen_fault(number, TODAY) is None
        assert rules.eighteen_fault(number[:-1] + "7", TODAY) == "checksum"


def test_one_paper_is_known_by_one_text_whatever_kind_was_chosen():
    permit = "810000199408230021"
    texts = {rules.lookup_text(kind, permit) for kind in rules.NUMBERED_ALIKE}
    assert texts == {f"id_card:{permit}"}
    assert rules.lookup_text("passport", "12345678") != rules.lookup_text("taiwan", "12345678")


@pytest.mark.parametrize(
    ("typed", "name", "right"),
    [
        ("王 芳", "王芳", True),
        ("买买提•艾力", "买买提·艾力", True),
        ("O'Neil  Mary-Ann", "O'Neil Mary-Ann", True),
        ("王", "王", False),
        ("王芳1", "王芳1", False),
        ("<b>王芳</b>", "<b>王芳</b>", False),
    ],
)
def test_names(typed, name, right):
    assert rules.normalise_name(typed) == name
    assert (rules.faults("id_card", name, VECTOR, TODAY) == []) == right


def raw_identity_row():
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_identity")
        return str(cursor.fetchall())


@pytest.mark.django_db
class TestServices:
    @pytest.mark.parametrize(
        ("kind", "number"),
        [
            ("residence_permit", "8100 0019 9408 2300 21"),
            ("permanent_residence", "can310082042615"),
            ("hk_macao", "h 12345678"),
            ("taiwan", "1234567890(A)"),
            ("passport", "e12345678"),
        ],
    )
    def test_every_kind_is_encrypted_and_belongs_to_one_account(self, kind, number):
        user, other = UserFactory(), UserFactory()
        held = set_identity(user, kind, "王芳", number, actor(user), country="CHN")
        assert held.number == rules.normalise_number(number)
        assert held.number not in raw_identity_row()
        assert held.status == "checked"
        with pytest.raises(Conflict):
            set_identity(other, kind, "王芳", number.upper(), actor(other), country="CHN")

    def test_encrypted_at_rest_and_found_again(self):
        user = UserFactory()
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        raw = raw_identity_row()
        assert VECTOR not in raw
        assert "王芳" not in raw
        assert "19491231" not in raw
        held = Identity.objects.get(user=user)
        assert (held.legal_name, held.number, held.status) == ("王芳", VECTOR, "checked")
        row = AuditRow.objects.get(action="identity.set")
        assert VECTOR not in str(row.data)
        assert "王芳" not in str(row.data)

    def test_faults_stand_at_their_fields(self):
        user = UserFactory()
        with pytest.raises(Invalid) as refused:
            set_identity(user, "id_card", "王", "110105194912310021", actor(user))
        assert set(refused.value.details["fields"]) == {"legal_name", "number"}
        assert not Identity.objects.exists()

    def test_a_taken_paper_says_nothing_about_its_holder(self):
        holder, other = UserFactory(display_name="老王"), UserFactory()
        set_identity(holder, "id_card", "王芳", VECTOR, actor(holder))
        with pytest.raises(Conflict) as refused:
            set_identity(other, "id_card", "李四", VECTOR.lower(), actor(other))
        said = str(refused.value.message)
        for secret in ("王芳", "老王", holder.phone, holder.email, VECTOR):
            assert secret not in said
        assert AuditRow.objects.filter(action="identity.refused", target=other.uuid).count() == 1

    def test_trying_numbers_of_others_ends_after_five(self):
        holder, other = UserFactory(), UserFactory()
        set_identity(holder, "id_card", "王芳", VECTOR, actor(holder))
        for _try in range(5):
            with pytest.raises(Conflict):
                set_identity(other, "id_card", "李四", VECTOR, actor(other))
        with pytest.raises(TooMany):
            set_identity(other, "id_card", "李四", VECTOR, actor(other))

    def test_ones_own_name_may_be_corrected_until_it_is_verified(self):
        user = UserFactory()
        set_identity(user, "id_card", "王方", VECTOR, actor(user))
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        assert Identity.objects.get(user=user).legal_name == "王芳"
        assert AuditRow.objects.get(action="identity.correct").data["changed"] == ["legal_name"]
        officer = member("officer")
        verify_identity(user, require_role(officer, "officer"), reason="窗口核对原件")
        with pytest.raises(NotAllowed):
            set_identity(user, "id_card", "王方", VECTOR, actor(user))
        set_identity(user, "id_card", "王方", VECTOR, require_role(officer, "officer"))
        held = Identity.objects.get(user=user)
        assert (held.legal_name, held.status) == ("王方", "checked")

    def test_the_same_again_changes_nothing(self):
        user = UserFactory()
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        assert AuditRow.objects.filter(target=user.uuid).count() == 1

    @pytest.mark.parametrize("role", ["editor", "teacher", "auditor"])
    def test_roles_that_may_not_verify(self, role):
        user, staff = UserFactory(), member(role)
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        with pytest.raises(NotAllowed):
            verify_identity(user, require_role(staff, role), reason="窗口核对原件")

    def test_nobody_verifies_themselves(self):
        officer = member("officer")
        set_identity(officer, "id_card", "王芳", VECTOR, actor(officer))
        with pytest.raises(NotAllowed):
            verify_identity(officer, require_role(officer, "officer"), reason="窗口核对原件")

    def test_a_role_merely_claimed_is_not_enough(self):
        user, learner = UserFactory(), UserFactory()
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        with pytest.raises(NotAllowed):
            verify_identity(user, actor(learner, "officer"), reason="窗口核对原件")
        with pytest.raises(NotAllowed):
            set_identity(user, "id_card", "王方", VECTOR, actor(learner, "officer"))

    def test_personnel_see_only_their_own(self):
        organisation = OrganisationFactory(kind="enterprise")
        hr = member("hr", organisation)
        own, stranger = UserFactory(), UserFactory()
        MembershipFactory(user=own, organisation=organisation, role="teacher")
        set_identity(own, "id_card", "王芳", VECTOR, actor(own))
        set_identity(stranger, "id_card", "林小雨", learner_id_number(), actor(stranger))
        assert reveal_identity(hr, own, "办理入职登记").number == VECTOR
        with pytest.raises(NotAllowed):
            reveal_identity(hr, stranger, "办理入职登记")
        with pytest.raises(NotAllowed):
            verify_identity(stranger, require_role(hr, "hr"), reason="窗口核对原件")

    def test_a_look_needs_a_reason_and_leaves_a_row(self):
        officer, user = member("officer"), UserFactory()
        with pytest.raises(NotFound):
            reveal_identity(officer, user, "核对补贴名单")
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        with pytest.raises(Invalid):
            reveal_identity(officer, user, "看看")
        reveal_identity(officer, user, "核对补贴名单")
        row = AuditRow.objects.get(action="identity.reveal")
        assert (row.person, row.target, row.reason, row.role) == (
            officer.uuid,
            user.uuid,
            "核对补贴名单",
            "officer",
        )
        assert VECTOR not in str(row.data)

    def test_another_package_can_say_on_what_ground(self):
        reviewer, user = member("reviewer"), UserFactory()
        set_identity(user, "id_card", "王芳", VECTOR, actor(user))
        with pytest.raises(NotAllowed):
            reveal_identity(reviewer, user, "审核证书申请")
        register_ground("test.review", lambda viewer, person: (viewer, person) == (reviewer, user))
        try:
            assert reveal_identity(reviewer, user, "审核证书申请").legal_name == "王芳"
            verify_identity(user, require_role(reviewer, "reviewer"), reason="看过证书原件")
        finally:
            del _grounds["test.review"]
        assert Identity.objects.get(user=user).status == "verified"
