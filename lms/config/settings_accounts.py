"""allauth's settings: phone number or e-mail with a password, codes through our sender, no account
enumeration.
"""

from django.utils.translation import gettext_lazy as _

from lms.config import environment as _env

# --- who gets in ----------------------------------------------------------------------------------------

ACCOUNT_ADAPTER = "lms.accounts.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# Both optional for allauth; ReachableForm demands one of the two (see lms/accounts/checks.py).
ACCOUNT_SIGNUP_FIELDS = ["phone", "email", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "lms.accounts.people.signup.ReachableForm"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = _("【融通】")
# None: the sign-in form asks, because phones are personal and computers of training rooms are not.
ACCOUNT_SESSION_REMEMBER = None
WAGTAILADMIN_LOGIN_URL = "accounts_pages:staff_entry"

_FORMS = "lms.accounts.people.forms."
ACCOUNT_FORMS = {
    "signup": _FORMS + "SignupForm",
    "login": _FORMS + "LoginForm",
    "request_login_code": _FORMS + "RequestLoginCodeForm",
    "confirm_login_code": _FORMS + "ConfirmLoginCodeForm",
    "reset_password": _FORMS + "ResetPasswordForm",
    "confirm_password_reset_code": _FORMS + "ConfirmPasswordResetCodeForm",
    "reset_password_from_key": _FORMS + "ResetPasswordKeyForm",
    "change_password": _FORMS + "ChangePasswordForm",
    "set_password": _FORMS + "SetPasswordForm",
    "reauthenticate": _FORMS + "ReauthenticateForm",
    "add_email": _FORMS + "AddEmailForm",
    "change_phone": _FORMS + "ChangePhoneForm",
    "verify_phone": _FORMS + "VerifyPhoneForm",
    "confirm_email_verification_code": _FORMS + "ConfirmEmailVerificationCodeForm",
}

# --- real names -----------------------------------------------------------------------------------------

# How people reach whoever runs the platform, as one line of text: an address, a number, when. "": not told.
RONGTONG_CONTACT = _env.text("RONGTONG_CONTACT", "")

# --- one-time codes -------------------------------------------------------------------------------------

ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
# Ten minutes: an old phone, a slow gateway, glasses to be found.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
# The dotted path of a class with `send(message)`, see lms/accounts/people/sender.py.
RONGTONG_CODE_SENDER = _env.text("RONGTONG_CODE_SENDER", "lms.accounts.people.sender.ConsoleSender")
# How an employer's reminders to study reach people beside their own page (lms/learning/rosters/sender.py).
RONGTONG_REMINDER_SENDER = _env.text("RONGTONG_REMINDER_SENDER", "lms.learning.rosters.sender.MailSender")

# Per address generous, because a class of forty signs up behind one; per account narrow. Three tries a code
# and ten codes an hour leave a guesser of six digits 30 tries in a million an hour.
ACCOUNT_RATE_LIMITS = {
    "signup": "60/m/ip",
    "login": "120/m/ip",
    "login_failed": "60/m/ip,5/5m/key",
    "request_login_code": "60/m/ip,3/m/key,10/h/key",
    "reset_password": "60/m/ip,3/m/key,10/h/key",
    "reset_password_from_key": "60/m/ip",
    "verify_phone": "1/30s/key,10/h/key,60/m/ip",
    "confirm_email": "1/10s/key,10/h/key",
    "change_phone": "3/m/user",
    # Ours (lms/accounts/sign_in): tries in one sign-in of a program, also when many are sent at the same moment.
    "enter_code": "10/15m/key",
}

# The limits per address need the visitor's, not the proxy's: in production nginx stands in front and writes
# X-Forwarded-For anew; embedded nobody does, and what a visitor writes there is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = int(_env.text("TRUSTED_PROXIES", "1" if _env.text("DATABASE_URL") else "0"))

# --- second factor --------------------------------------------------------------------------------------

MFA_ADAPTER = "lms.accounts.people.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "融通 Rongtong"
# One step of thirty seconds either way: phones' clocks drift.
MFA_TOTP_TOLERANCE = 1
# An address is stored only once proved, so the reason for allauth's refusal does not exist here.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": _FORMS + "AuthenticateForm",
    "reauthenticate": _FORMS + "MFAReauthenticateForm",
    "activate_totp": _FORMS + "ActivateTOTPForm",
}

# --- programs of organisations (lms/accounts/machines) ----------------------------------------------------

# Tokens that the database knows, so that revoking one ends it at once; an hour each. Nobody registers clients alone.
IDP_OIDC_ACCESS_TOKEN_FORMAT = "opaque"  # noqa: S105 -- a form, no secret
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
IDP_OIDC_DCR_ENABLED = False
IDP_OIDC_CIMD_ENABLED = False

# --- e-mail ---------------------------------------------------------------------------------------------

EMAIL_HOST = _env.text("EMAIL_HOST")
EMAIL_HOST_SET = bool(EMAIL_HOST)
EMAIL_PORT = int(_env.text("EMAIL_PORT", "587"))
EMAIL_HOST_USER = _env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = _env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = _env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST_SET else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = _env.text("DEFAULT_FROM_EMAIL", "融通 <no-reply@localhost>")
