"""One stage of a sign-in that differs from allauth's: people without an e-mail address exist."""

from typing import Any

from allauth.account.stages import EmailVerificationStage


class EmailStage(EmailVerificationStage):
    """Demands a proved address only of those who have one and came by it, or who have proved no phone."""

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user is None and not self.login.email:
            # The pretended sign-in for a known phone stops at the phone's stage and never gets here with
            # success.
            return None, True
        if user is not None and not user.email:
            return None, True
        if user is not None and user.phone_verified and not self.login.email:
            return None, True
        answer: tuple[Any, bool] = super().handle()
        return answer
