"""How people, numbers and papers are written on pages."""

from django import template

from lms.accounts.people.rules import display_phone, mask_email, mask_phone

register = template.Library()


@register.filter
def phone(value: str) -> str:
    """+8613800138000 → 138 0013 8000; an address comes back as it is."""
    return value if "@" in value else display_phone(value)


@register.filter
def groups(value: str) -> str:
    """ABCDEFGH → ABCD EFGH: what has to be typed off a screen."""
    return " ".join(value[start : start + 4] for start in range(0, len(value), 4))


register.filter("masked_phone", mask_phone)
register.filter("masked_email", mask_email)
