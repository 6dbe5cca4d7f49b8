"""The question types of QTI 1.2 as Common Cartridge, Canvas and Blackboard call them, and what has no place here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

# What a document calls its types → ours; what is not in PLACED has no place here yet, and neither has a question of these
# that is more than its type says.
PLACED = frozenset(
    {"single", "multiple", "true_false", "fill", "numeric", "matching", "dropdowns", "ordering"}
)
TYPES = {
    "multiple_choice": "single",
    "multiple choice": "single",
    "either/or": "single",
    "multiple_response": "multiple",
    "multiple_answers": "multiple",
    "multiple answer": "multiple",
    "true_false": "true_false",
    "true/false": "true_false",
    "fib": "fill",
    "short_answer": "fill",
    "fill_in_multiple_blanks": "fill",
    "fill in the blank": "fill",
    "fill in the blank plus": "fill",
    "essay": "essay",
    "short response": "essay",
    "pattern_match": "pattern",
    "matching": "matching",
    "ordering": "ordering",
    "numerical": "numeric",
    "numeric": "numeric",
    "calculated": "calculated",
    "formula": "calculated",
    "multiple_dropdowns": "dropdowns",
    "jumbled sentence": "dropdowns",
    "categorization": "categorization",
    "file_upload": "upload",
    "file upload": "upload",
    "hot_spot": "hotspot",
    "hot spot": "hotspot",
    "opinion scale": "scale",
    "quiz bowl": "essay",
    "text_only": "text",
}
NAMES = {
    "essay": gettext_lazy("问答题"),
    "pattern": gettext_lazy("模式匹配题"),
    "matching": gettext_lazy("配对题"),
    "categorization": gettext_lazy("归类题"),
    "ordering": gettext_lazy("排序题"),
    "calculated": gettext_lazy("计算题"),
    "dropdowns": gettext_lazy("下拉选择题"),
    "upload": gettext_lazy("上传文件题"),
    "hotspot": gettext_lazy("看图点选题"),
    "scale": gettext_lazy("量表题"),
    "several": gettext_lazy("几个答案都算对的选择题"),
}
