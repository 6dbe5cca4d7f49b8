"""People and organisations for tests. Passwords are hashed once: Argon2 is slow on purpose."""

from datetime import date

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from lms.accounts.models import Membership, Organisation, User

PASSWORD = "Zhiyuan-4071!"
_hashed: list[str] = []


def hashed_password() -> str:
    if not _hashed:
        _hashed.append(make_password(PASSWORD))
    return _hashed[0]


class UserFactory(factory.django.DjangoModelFactory):
    """Someone who can sign in at once, by address and by phone, with PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    phone = factory.Sequence(lambda n: f"+86191{n:08d}")
    phone_verified = True
    display_name = factory.Sequence(lambda n: f"学员{n}")
    password = factory.LazyFunction(hashed_password)

    @factory.post_generation
    def address(self, create, extracted, **kwargs):
        if create and self.email:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"org-{n}")
    name = factory.Sequence(lambda n: f"第{n}学院")
    kind = Organisation.Kind.COLLEGE


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = "editor"
    since = date(2026, 1, 1)


def member(role: str, organisation: Organisation | None = None, **user) -> User:
    """A user who holds a role."""
    organisation = organisation or OrganisationFactory()
    return MembershipFactory(role=role, organisation=organisation, user=UserFactory(**user)).user
