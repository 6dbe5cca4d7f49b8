"""One outcome that somebody might get, typed in. It is kept in the address, nowhere else."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import Level, OutcomeKind
from creditbank.outcomes.rules import (
    COURSE_CODE,
    HOUR_UNITS,
    LEVELLED,
    MOST_CENTICREDITS,
    MOST_CENTIHOURS,
    MOST_SCORE,
)
from creditbank.outcomes.words import CHOICE_LABELS
from creditbank.planner.rules import Hypothesis
from creditbank.planner.words import award_text
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH, OCCUPATION_CODE, Kind, Measure, RuleFact
from lms.lib.forms import CentiField

OCCUPIED = (*LEVELLED, Kind.ABILITY, Kind.X)
LONGEST = {"course_code": 40, "award": 40}
# In the address: as many as a page can show and the engine answers at once.
MOST_HYPOTHESES = 10
PARTS = (
    *("kind", "occupation_code", "level", "centihours", "unit", "course_code", "score", "centicredits"),
    "award",
)
NUMBERS = {"level": 8, "centihours": MOST_CENTIHOURS, "score": MOST_SCORE, "centicredits": MOST_CENTICREDITS}


class HypothesisForm(forms.Form):
    kind = forms.ChoiceField(label=_("成果类型"))
    occupation_code = forms.CharField(label=_("职业编码"), max_length=16, required=False)
    level = forms.TypedChoiceField(label=_("等级"), coerce=int, empty_value=None, required=False)
    centihours = CentiField(label=_("学时"), required=False)
    unit = forms.ChoiceField(label=_("学时的种类"), required=False)
    course_code = forms.RegexField(
        COURSE_CODE,
        label=_("课程代码"),
        required=False,
        error_messages={"invalid": _("课程代码由字母、数字、点和连字符组成，不超过 40 个字。")},
    )
    score = CentiField(label=_("成绩"), required=False)
    centicredits = CentiField(label=_("学分"), required=False)
    award = forms.ChoiceField(label=_("等次"), required=False)

    def __init__(self, *args: Any, rules: list[RuleFact], **kwargs: Any) -> None:
        """rules: of the programme, as only what they ask for can give anything."""
        super().__init__(*args, **kwargs)
        asked = {rule.outcome_kind for rule in rules}
        kinds = [(value, label) for value, label in OutcomeKind.choices if value in asked]
        self._choose("kind", kinds)
        names = dict(Level.choices)
        self._choose("level", [("", "—"), *((value, names[value]) for value in LEVELS_LOW_TO_HIGH)])
        self._choose("unit", [("", "—"), *((unit, CHOICE_LABELS["unit"][unit]) for unit in HOUR_UNITS)])
        awards = sorted({award for rule in rules for award in rule.awards or ()})
        self._choose("award", [("", "—"), *((award, award_text(award)) for award in awards)])
        of_credits = any(rule.rate is not None and rule.rate.of == Measure.CENTICREDITS for rule in rules)
        unasked = {
            "occupation_code": not asked & set(OCCUPIED),
            "level": all(rule.level is None for rule in rules),
            "centihours": Kind.HOURS not in asked,
            "unit": Kind.HOURS not in asked,
            "course_code": Kind.COURSE not in asked,
            "score": all(rule.min_score is None for rule in rules),
            "centicredits": not of_credits,
            "award": not awards,
        }
        for name, unneeded in unasked.items():
            if unneeded:
                del self.fields[name]

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_occupation_code(self) -> str:
        code: str = self.cleaned_data["occupation_code"].strip()
        if code and not OCCUPATION_CODE.match(code):
            raise forms.ValidationError(_("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
        return code

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        kind = said.get("kind")
        if kind == Kind.HOURS and not said.get("centihours"):
            self.add_error("centihours", _("请写学时数。"))
        if kind in OCCUPIED and "occupation_code" in said and not said["occupation_code"]:
            self.add_error("occupation_code", _("请写职业编码。"))
        if kind in LEVELLED and "level" in said and said["level"] is None:
            self.add_error("level", _("请选择等级。"))
        if kind == Kind.COURSE and not said.get("course_code"):
            self.add_error("course_code", _("请写课程代码。"))
        for name, most in NUMBERS.items():
            if (said.get(name) or 0) > most or (said.get(name) or 0) < 0:
                self.add_error(name, _("这个数太大或太小。"))
        return said

    def hypothesis(self) -> Hypothesis:
        return Hypothesis(**{name: value for name, value in self.cleaned_data.items() if value is not None})


def pack(typed: Hypothesis) -> str:
    """As a part of the address."""
    values = [getattr(typed, name) for name in PARTS]
    return "|".join("" if value is None else str(value) for value in values)


def unpack(text: str) -> Hypothesis | None:
    """Out of the address; None for what nobody here has written."""
    values = text.split("|")
    if len(values) != len(PARTS) or "\0" in text:
        return None
    said: dict[str, Any] = dict(zip(PARTS, values, strict=True))
    for name, most in NUMBERS.items():
        value = said[name]
        if value and not (value.isascii() and value.isdecimal() and len(value) <= 8 and int(value) <= most):
            return None
        said[name] = int(value) if value else None
    plain = said["kind"] in OutcomeKind.values and said["unit"] in ("", *HOUR_UNITS)
    code = said["occupation_code"]
    if not plain or (code and not OCCUPATION_CODE.match(code)):
        return None
    if any(len(said[name]) > longest for name, longest in LONGEST.items()):
        return None
    return Hypothesis(**said)
