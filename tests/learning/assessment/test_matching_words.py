"""What a matching question says in another language than its page says so: options, prompts, what was chosen and what is right."""

import re

import pytest
from django.template.loader import render_to_string

from courses.translations.shown import Said

WORDS = ("验电笔", "确认没有电压", "接地线", "放掉剩余电荷")


def shown(language, *, closed, listed=False):
    pen, dead, leads, rest = (Said(words, language) for words in WORDS)
    options = [{"id": "a", "text": dead, "letter": "A"}, {"id": "b", "text": rest, "letter": "B"}]
    prompts = [
        {
            "id": "1",
            "number": 1,
            "text": pen,
            "chosen": "b",
            "chosen_text": rest,
            "state": "wrong",
            "answer_text": dead,
        },
        {
            "id": "2",
            "number": 2,
            "text": leads,
            "chosen": "",
            "chosen_text": "",
            "state": "missed",
            "answer_text": rest,
        },
    ]
    item = {"id": "q", "points": 1, "prompts": prompts, "options": options, "listed": listed}
    return render_to_string("learning/_matching.html", {"item": item, "closed": closed})


@pytest.mark.parametrize(("closed", "listed"), [(False, False), (False, True), (True, False), (True, True)])
def test_each_of_the_words_names_its_language(closed, listed):
    page = shown("zh-Hans", closed=closed, listed=listed)
    # Every place where one of the words stands: the tag it stands in says the language.
    for words in WORDS:
        for before in page.split(words)[:-1]:
            tag = re.findall(r"<(?!/|span class=\"num\")[^>]*>", before)[-1]
            assert 'lang="zh-Hans"' in tag, (words, tag)
    assert "lang=" not in shown("", closed=closed, listed=listed)
