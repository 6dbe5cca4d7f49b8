"""allauth's forms in our words: one field for phone or address, one password, the same answer for known and
unknown.

Named in ACCOUNT_FORMS. Owns: what is asked and how it is refused. Refuses: telling whether an account
exists.
"""

from typing import Any

from allauth.account import forms as base
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import consume_email_verification_rate_limit
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
    PasswordResetVerificationProcess,
)
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core import context, ratelimit
from allauth.core.exceptions import RateLimited
from allauth.mfa.base import forms as mfa_base
from allauth.mfa.totp import forms as totp_base
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lms.accounts.people import services
from lms.accounts.people.fields import LoginField
from lms.accounts.people.models import User
from lms.accounts.people.rules import read_login

PASSWORD_HELP = _("至少 8 个字，不要全是数字，也不要用太常见的。")


# What an empty field is answered, by the name that allauth gives it.
REQUIRED = {
    "code": _("请输入验证码。"),
    "email": _("请输入新的电子邮箱。"),
    "oldpassword": _("请输入当前密码。"),
    "password": _("请输入密码。"),
    "password1": _("请设一个密码。"),
    "phone": _("请输入新的手机号。"),
}


def _plain(fields: dict[str, forms.Field]) -> None:
    """Labels say what a field is; placeholders only hide it once one types. An empty one is asked for in words."""
    for name, field in fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in REQUIRED:
            field.error_messages["required"] = REQUIRED[name]


class _WithCode:
    """A form that asks for a code which was sent or is shown elsewhere."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("验证码")
        field.widget.attrs.update(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"}
        )
        _plain(self.fields)


def _still_there(user: User | None) -> None:
    """A later sign-up with the same phone or address took this one's place."""
    if user is None:
        raise forms.ValidationError(
            _("这次注册已被后来的一次代替。请用新的验证码，或重新开始。"), code="replaced"
        )


def find_person(login: str) -> User | None:
    """The active person whom a phone number or an address leads to."""
    method, value = read_login(login) or ("", "")
    if method == "phone":
        found: User | None = get_adapter().get_user_by_phone(value)
        return found if found and found.is_active else None
    users = filter_users_by_email(value, is_active=True, prefer_verified=True, for_login=True)
    return users[0] if users else None


class SignupForm(base.SignupForm):
    field_order = ["login", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = LoginField(initial=self.initial.get("email"))
        # Both are read out of `login`; allauth looks for them in cleaned_data.
        del self.fields["phone"], self.fields["email"]
        self.fields["password1"].label = _("设一个密码")
        self.fields["password1"].help_text = PASSWORD_HELP
        self.order_fields(self.field_order)
        _plain(self.fields)

    def clean_login(self) -> str:
        login: str = self.cleaned_data["login"]
        method, value = read_login(login) or ("", "")
        self.cleaned_data["phone"] = value if method == "phone" else None
        self.cleaned_data["email"] = value if method == "email" else None
        if method == "phone":
            limited = not ratelimit.consume(context.request, action="verify_phone", key=value, dry_run=True)
            claims = services.unproved_claims(phone=value)
            user = get_adapter().get_user_by_phone(value)
            self.account_already_exists = user is not None and user not in claims
        else:
            limited = not consume_email_verification_rate_limit(context.request, value, dry_run=True)
            claims = services.unproved_claims(email=value)
            others = [user for user in filter_users_by_email(value) if user not in claims]
            self.account_already_exists = bool(others)
        if limited:
            # Before anything is written: the sign-up of a moment ago is still waiting for its code.
            raise RateLimited
        return login

    def _clean_phone(self) -> None:
        """Done in clean_login, which knows unproved claims."""

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            # A new account costs one hashing; a known number must not answer faster.
            make_password(self.cleaned_data["password1"])
        else:
            services.release_unproved_claims(
                phone=self.cleaned_data["phone"], email=self.cleaned_data["email"]
            )
        return super().try_save(request)


class LoginForm(base.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = LoginField()
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("在这台设备上保持登录（14 天）")
        self.fields["remember"].initial = True
        self.order_fields(["login", "password", "remember"])
        _plain(self.fields)


class RequestLoginCodeForm(base.RequestLoginCodeForm):
    _user: User | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["phone"], self.fields["email"]
        self.fields["login"] = LoginField()

    def clean_login(self) -> str:
        login: str = self.cleaned_data["login"]
        method, value = read_login(login) or ("", "")
        if not ratelimit.consume(context.request, action="request_login_code", key=value):
            raise RateLimited
        self.cleaned_data[method] = value
        self._user = find_person(value)
        return login


class ConfirmLoginCodeForm(_WithCode, base.ConfirmLoginCodeForm):
    pass


class ConfirmPasswordResetCodeForm(_WithCode, base.ConfirmPasswordResetCodeForm):
    pass


class VerifyPhoneForm(_WithCode, base.VerifyPhoneForm):
    def clean_code(self) -> str:
        base.BaseConfirmCodeForm.clean_code(self)
        _still_there(self.user)
        services.release_unproved_claims(phone=self.phone, keep=self.user)
        code: str = super().clean_code()
        return code


class ConfirmEmailVerificationCodeForm(_WithCode, base.ConfirmEmailVerificationCodeForm):
    def clean_code(self) -> str:
        base.BaseConfirmCodeForm.clean_code(self)
        _still_there(self.user)
        services.release_unproved_claims(email=self.email, keep=self.user)
        code: str = super().clean_code()
        return code


class PasswordResetProcess(PasswordResetVerificationProcess):
    """allauth's process, whose "email" may here be a phone number."""

    def send(self) -> None:
        method, value = read_login(self.state["email"]) or ("", "")
        if method != "phone":
            super().send()
            return
        adapter = get_adapter()
        if self.user is None:
            adapter.send_unknown_account_sms(value)
            return
        self.state["code"] = adapter.generate_password_reset_code()
        adapter.send_verification_code_sms(user=self.user, phone=value, code=self.state["code"])


class ResetPasswordForm(forms.Form):
    login = LoginField()

    def clean_login(self) -> str:
        login: str = self.cleaned_data["login"]
        # The view counts requests by this key.
        self.cleaned_data["email"] = login
        return login

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        login: str = self.cleaned_data["login"]
        user = find_person(login)
        state = PasswordResetProcess.initial_state(user, login)
        process = PasswordResetProcess(request, state=state, user=user)
        process.send()
        process.persist()
        return login


class _NewPassword:
    """One field for a new password; seeing what one types beats typing it twice."""

    fields: dict[str, forms.Field]

    def _one_password(self) -> None:
        self.fields.pop("password2", None)
        self.fields["password1"].label = _("新密码")
        self.fields["password1"].help_text = PASSWORD_HELP
        _plain(self.fields)


class ResetPasswordKeyForm(_NewPassword, base.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._one_password()

    def save(self) -> None:
        super().save()
        state = context.request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY) or {}
        method, value = read_login(state.get("email", "")) or ("", "")
        if method == "phone" and self.user.phone == value:
            services.phone_proved(self.user, value, keep_password=True)


class ChangePasswordForm(_NewPassword, base.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("当前密码")
        self.fields["oldpassword"].help_text = ""
        self._one_password()


class SetPasswordForm(_NewPassword, base.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._one_password()


class ReauthenticateForm(base.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = ""
        _plain(self.fields)


class AddEmailForm(base.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("新的电子邮箱")
        _plain(self.fields)


class ChangePhoneForm(base.ChangePhoneForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = _("新的手机号")
        _plain(self.fields)


class ActivateTOTPForm(_WithCode, totp_base.ActivateTOTPForm):
    pass


class AuthenticateForm(_WithCode, mfa_base.AuthenticateForm):
    pass


class MFAReauthenticateForm(_WithCode, mfa_base.ReauthenticateForm):
    pass
