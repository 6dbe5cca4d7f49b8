"""The people of the walk: invented learners who sign up by phone, and the demo's staff."""

from dataclasses import dataclass

from lms.accounts.demo import DEMO_PASSWORD, PEOPLE
from lms.accounts.identity.rules import check_digit
from tests.browser.visitor import Visitor

PASSWORD = "Walk-Rongtong-88"


@dataclass(frozen=True)
class Learner:
    """An invented learner: number from the demo's series, identity number from a region that does not exist."""

    number: int
    name: str

    @property
    def phone(self) -> str:
        return f"+861900000{self.number:04d}"

    @property
    def typed_phone(self) -> str:
        """As people type it."""
        return f"190 0000 {self.number:04d}"

    @property
    def identity(self) -> str:
        head = f"31019919920202{self.number % 1000:03d}"
        return head + check_digit(head)


def email_of(key: str) -> str:
    return next(person.email for person in PEOPLE if person.key == key)


def sign_up(visitor: Visitor, learner: Learner, *, next_: str = "") -> None:
    """Number and password, the code that comes by text message, and in."""
    page = visitor.go("/accounts/signup/" + (f"?next={next_}" if next_ else ""))
    page.get_by_label("手机号或电子邮箱").fill(learner.typed_phone)
    page.get_by_label("设一个密码").fill(PASSWORD)
    visitor.press("下一步")
    page.wait_for_url("**/accounts/phone/verify/**")
    visitor.look()
    page.get_by_label("验证码").fill(visitor.site.code(learner.phone))
    visitor.press("确定")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    visitor.look()


def sign_in(visitor: Visitor, login: str, password: str = DEMO_PASSWORD, *, at: str = "") -> None:
    """With a password, at the sign-in page or (at="") where the visitor was led to already."""
    page = visitor.page
    if at:
        visitor.go(at)
    page.get_by_label("手机号或电子邮箱").fill(login)
    page.get_by_label("密码", exact=True).fill(password)
    visitor.press("登录")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def give_real_name(visitor: Visitor, learner: Learner) -> None:
    """First with a wrong digit, which is said at its field; then right."""
    page = visitor.go("/me/identity/")
    page.get_by_label("姓名", exact=True).fill(learner.name)
    wrong = learner.identity[:-1] + ("0" if learner.identity[-1] != "0" else "1")
    page.get_by_label("证件号码", exact=True).fill(wrong)
    page.get_by_label("我同意融通保存", exact=False).check()
    with visitor.expecting(422):
        visitor.press("保存")
        page.wait_for_selector("[data-invalid], .field-error")
    assert page.get_by_label("姓名", exact=True).input_value() == learner.name
    visitor.look()
    page.get_by_label("证件号码", exact=True).fill(learner.identity)
    if not page.get_by_label("我同意融通保存", exact=False).is_checked():
        page.get_by_label("我同意融通保存", exact=False).check()
    visitor.press("保存")
    visitor.sees("格式核对无误")
