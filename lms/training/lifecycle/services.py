"""Everything that changes a case, by one door. One mutation a function: the row locked, the actor, state, own case, evidence, deadline and
rule checked, then the act, its audit row and its event; refused, nothing is written.

Owns nothing itself: rules with dates (ruling), drafts and evidence (drafts), the one act (acting), who has it in hand (handing), objections
(objecting), what passed days bring (deadlines), numbers (numbering). Each of these uses only those before it.
"""

from lms.training.lifecycle.acting import Said, act, by_clock, open_on, replay
from lms.training.lifecycle.deadlines import tend
from lms.training.lifecycle.drafts import attach, begin, describe, detach, replay_begin
from lms.training.lifecycle.handing import delegate
from lms.training.lifecycle.numbering import next_number
from lms.training.lifecycle.objecting import LONGEST_OBJECTION, answer, object_to
from lms.training.lifecycle.ruling import NewRule, rule_on, rules_on, set_rule
from lms.training.lifecycle.shared import LONGEST_REASON

__all__ = [
    "LONGEST_OBJECTION",
    "LONGEST_REASON",
    "NewRule",
    "Said",
    "act",
    "answer",
    "attach",
    "begin",
    "by_clock",
    "delegate",
    "describe",
    "detach",
    "next_number",
    "object_to",
    "open_on",
    "replay",
    "replay_begin",
    "rule_on",
    "rules_on",
    "set_rule",
    "tend",
]
