"""How a conversion rule is written on pages: `{% load credit_rules %}`."""

from django import template
from django.urls import NoReverseMatch

from creditbank.rules import words
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.queries import content_of

register = template.Library()


@register.simple_tag
def rule_facts(version: ConversionRuleVersion) -> list[words.Fact]:
    """What a published version asks, gives and is capped by; its rule is to be selected with it."""
    return words.folded(words.facts_of(content_of(version), version.rule.direction))


@register.filter
def rule_asks(version: ConversionRuleVersion) -> str:
    """What it asks, in a few words."""
    return words.asks_text(content_of(version))


@register.filter
def rule_gives(version: ConversionRuleVersion) -> str:
    """What it gives, in a few words."""
    return words.gives_text(content_of(version))


@register.simple_tag
def rule_url(code: str, version: int | None = None) -> str:
    """The public page of a rule (and one version on it); "" for what can be no rule's number."""
    try:
        return words.rule_url(code, version)
    except NoReverseMatch:
        return ""
