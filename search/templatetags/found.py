"""Results as a page lists them: `{% load found %}`, `{% found_hit hit %}`.

Owns: the markup of one result. Put together here and not by a template: a page has twenty, and they were half of what it takes to
draw it. Refuses: deciding what a result says (search.queries).
"""

from functools import lru_cache
from typing import NamedTuple

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from search.queries import Hit
from themes.names import name_of
from themes.numbers import centi
from themes.templatetags.rt import icon, lang

register = template.Library()


class Words(NamedTuple):
    """What every result says, escaped; `%s` stands for the figure."""

    year: str
    hours: str
    rated: str
    why: str


@lru_cache
def _words(_language: str | None) -> Words:
    return Words(
        escape(_("%(year)s 年度") % {"year": "%s"}),
        escape(_("%(hours)s 学时") % {"hours": "%s"}),
        escape(_("%(mean)s · %(ratings)s 人评价") % {"mean": "%s", "ratings": "%s"}),
        escape(_("为什么是它")),
    )


@lru_cache(maxsize=500)
def _kind(_language: str | None, label: str, sign: str, kind: str) -> str:
    """The kind of thing with its sign, and of what kind it is among its like."""
    named = f" · {escape(name_of('kind', kind))}" if kind else ""
    return f"{icon(sign)}{escape(label)}{named}"


@register.simple_tag
def found_hit(hit: Hit) -> SafeString:
    """One result: what it is, its title and text with what was found marked, its figures, and why it stands there."""
    language, extra = get_language(), hit.extra
    words = _words(language)
    kind = str(extra.get("kind") or "")
    within = extra.get("within") or ""
    first = _kind(language, hit.label, str(extra.get("icon") or "courses"), kind)
    if within:
        first += f" · <span{lang(within)}>{escape(within)}</span>"
    facts = []
    if provider := extra.get("provider"):
        facts.append(f"<span>{escape(provider)}</span>")
    if year := extra.get("year"):
        facts.append(f'<span class="num">{words.year % escape(year)}</span>')
    if hit.centihours:
        facts.append(f'<span class="num">{words.hours % centi(hit.centihours)}</span>')
    signals = extra.get("signals") or {}
    if signals.get("ratings"):
        told = words.rated % (f"{signals['satisfaction']:.1f}", int(signals["ratings"]))
        facts.append(f'<span class="num">{told}</span>')
    if number := extra.get("number"):
        facts.append(f'<span class="code">{escape(number)}</span>')
    text = (
        f'<p class="found-text clip">{conditional_escape(hit.summary_html)}</p>' if hit.summary_html else ""
    )
    why = "".join(f"<li>{escape(reason.text)}</li>" for reason in hit.reasons)
    # Every piece of text is escaped above; titles and summaries come marked, and escaped, from search.highlight.
    return SafeString(
        f"""<article class="found-hit"{f' data-kind="{escape(kind)}"' if kind else ""}>
  <p class="found-kind small muted">{first}</p>
  <h3 class="card-title"><a href="{escape(hit.url)}">{conditional_escape(hit.title_html)}</a></h3>
  {text}
  <p class="found-facts small muted">
    {" ".join(facts)}
  </p>
  {_explained(words.why, why, hit.title) if why else ""}
</article>"""
    )


@register.simple_tag
def found_why(hit: Hit) -> SafeString:
    """Why a result stands there, to be opened; nothing where there is nothing to say."""
    why = "".join(f"<li>{escape(reason.text)}</li>" for reason in hit.reasons)
    # Every piece of text is escaped above.
    return SafeString(_explained(_words(get_language()).why, why, hit.title) if why else "")


def _explained(summary: str, why: str, title: str) -> str:
    """Whoever does not see the page hears of which result each of them is."""
    of = f'<span class="visually-hidden"> {escape(title)}</span>'
    return (
        f'<details class="explain small"><summary>{summary}{of}</summary>'
        f'<ul class="explain-body found-why">{why}</ul></details>'
    )
