"""What is refused under a rule, in a sentence that names the rule: its title, number and version, and the dates, levels,
marks or caps that decided.

Owns: the sentences and the details that programs get (`rule`, `version`, `cap`, `limit`). Refuses to judge: why something
is refused is the engine's line, or `lifecycle.missing`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from creditbank.applications.judging import Source, source_fact
from creditbank.applications.lifecycle import Missing
from creditbank.applications.words import capped_sentence, joined, missing_sentence
from creditbank.outcomes.models import Level
from creditbank.rules.facts import Line, OutcomeFact, Reason
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.queries import content_of, last_day
from creditbank.rules.words import asks_text, level_text
from lms.lib.errors import Conflict, Invalid, NotAllowed, Refusal
from lms.lib.units import format_centi

# What an application lacks on the side of its rule.
OF_THE_RULE = frozenset({Missing.RULE_NOT_IN_FORCE, Missing.RULE_CHANGED})


def refused(version: ConversionRuleVersion, source: Source, line: Line, day: date) -> Conflict:
    """To be raised: what the engine says of a source under a version on a day is not enough."""
    details: dict[str, Any] = {"rule": version.rule.code, "version": version.number}
    if line.cap:
        details |= {"cap": line.cap, "limit": line.limit}
    sentence = _why(version, source_fact(source), line, day)
    return Conflict(under(version, sentence), code=line.reason, details=details)


def refused_for(version: ConversionRuleVersion, reason: Reason) -> Conflict:
    """To be raised: a reason that needs no figures."""
    return Conflict(
        under(version, capped_sentence(Line("", reason))),
        code=reason,
        details={"rule": version.rule.code, "version": version.number},
    )


def incomplete(
    version: ConversionRuleVersion, current: int | None, day: date, found: Sequence[Missing]
) -> Refusal:
    """To be raised: everything an application lacks, the first saying how. current: the version in force, None: none."""
    kinds: dict[Missing, type[Refusal]] = {Missing.REAL_NAME: NotAllowed, Missing.EVIDENCE: Invalid}
    said = [_lack(version, current, day, item) for item in found]
    details: dict[str, Any] = {"missing": [item.value for item in found]}
    if not OF_THE_RULE.isdisjoint(found):
        details |= {"rule": version.rule.code, "version": version.number}
    return kinds.get(found[0], Conflict)(" ".join(said), code=found[0].value, details=details)


def under(version: ConversionRuleVersion, sentence: str) -> str:
    """A sentence with the rule that it rests on before it."""
    said = {"title": version.rule.title, "code": version.rule.code, "n": version.number}
    return joined(_("规则“%(title)s”（%(code)s，第 %(n)s 版）：") % said, sentence)


def dates_text(version: ConversionRuleVersion) -> str:
    """From when to when a version holds, without a full stop."""
    last = last_day(version)
    if last is None:
        return _("自 %(first)s 起有效") % {"first": version.valid_from}
    return _("%(first)s 至 %(last)s 有效") % {"first": version.valid_from, "last": last}


def _lack(version: ConversionRuleVersion, current: int | None, day: date, item: Missing) -> str:
    if item == Missing.RULE_NOT_IN_FORCE:
        return under(version, _not_in_force(version, day))
    if item == Missing.RULE_CHANGED:
        newer = _("%(day)s 起用的是第 %(n)s 版，请重新查看后再提交。") % {"day": day, "n": current}
        return under(version, newer)
    return missing_sentence(item)


def _not_in_force(version: ConversionRuleVersion, day: date) -> str:
    return _("%(dates)s，%(day)s 不在其内。") % {"dates": dates_text(version), "day": day}


def _why(version: ConversionRuleVersion, source: OutcomeFact, line: Line, day: date) -> str:
    told = {
        Reason.RULE_NOT_IN_FORCE: lambda: _not_in_force(version, day),
        Reason.NO_RULE: lambda: (
            _("要求的是“%(asked)s”，这项成果不符。") % {"asked": asks_text(content_of(version))}
        ),
        Reason.EXPIRED: lambda: (
            _("证书的有效期到 %(until)s 为止，申请当日（%(day)s）已过。")
            % {"until": source.expires_on, "day": day}
        ),
        Reason.TOO_OLD: lambda: (
            _("只认可颁发后 %(days)s 天内的证明，这一项颁发于 %(issued)s。")
            % {"days": version.max_age_days, "issued": source.issued_on}
        ),
        Reason.LEVEL_TOO_LOW: lambda: _level(version, source),
        Reason.SCORE_TOO_LOW: lambda: (
            _("成绩至少 %(least)s 分，这项成果是 %(score)s 分。")
            % {"least": format_centi(version.min_score or 0), "score": format_centi(source.score or 0)}
        ),
    }.get(Reason(line.reason))
    return told() if told is not None else capped_sentence(line)


def _level(version: ConversionRuleVersion, source: OutcomeFact) -> str:
    held = _("未写明等级") if source.level is None else str(Level(source.level).label)
    values = {"asked": level_text(content_of(version)), "held": held}
    return _("要求%(asked)s，这张证书是%(held)s。") % values
