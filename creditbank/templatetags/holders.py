"""The learner number, for pages of other rooms of the credit bank."""

from django import template

from creditbank.holders import rules
from creditbank.holders.services import open_account
from lms.accounts.api import User

register = template.Library()


@register.simple_tag
def learner_number(user: User) -> str:
    """1234 5678 9012, opened on the first look after the real name was given; "" before that."""
    held = open_account(user)
    return rules.grouped(held.number) if held else ""
