"""People: one row each, whatever they do here. Roles are memberships, real names are identities.

A person signs in with a phone number or an e-mail address; either may be missing, so both are NULL and
never "".
"""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.accounts.people.rules import mask_email, mask_phone
from lms.lib.ids import uuid7


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, password: str | None = None, **fields: Any) -> "User":
        """A person; `email` and `phone` (E.164) may each be missing."""
        user = self.model(**fields)
        user.email = self.normalize_email(user.email) or None if user.email else None
        user.phone = user.phone or None
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email=email, password=password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=username)


class User(AbstractUser):  # type: ignore[django-manager-missing]  # Wagtail has no types
    username = None  # type: ignore[assignment]
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(_("电子邮箱"), unique=True, null=True, blank=True)  # type: ignore[assignment]
    phone = models.CharField(_("手机号"), max_length=20, unique=True, null=True, blank=True)
    phone_verified = models.BooleanField(default=False)
    display_name = models.CharField(_("称呼"), max_length=60, blank=True)
    # The person asked to be erased: the row stays, because books and records point at its number.
    erased_at = models.DateTimeField(null=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")

    def __str__(self) -> str:
        if self.erased_at:
            return gettext("已注销的人")
        # Shown to colleagues and written into logs, so never the whole number or address.
        return self.display_name or mask_phone(self.phone) or mask_email(self.email) or str(self.uuid)

    def save(self: Self, *args: Any, **kwargs: Any) -> None:
        # Forms hand over "" for an empty field; two people without e-mail would then collide.
        self.email = self.email or None
        self.phone = self.phone or None
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
