"""Moodle backups for tests, made in memory: sections, activities, stored files and questions of either age."""

import hashlib
import json
from html import escape

from tests.courses.packs.making import png

NULL = "$@NULL@$"


class Backup:
    """A Moodle backup to be filled. `modern`: questions as 4.x writes them."""

    def __init__(self, *, modern=False, users="0"):
        self.modern, self.users = modern, users
        self.members, self.files, self.activities, self.sections, self.questions = {}, [], [], [], []

    def section(self, id_, number, name, sequence, *, summary="", visible=1, extra=""):
        self.sections.append((id_, f"sections/section_{id_}"))
        self.members[f"sections/section_{id_}/section.xml"] = (
            f'<?xml version="1.0" encoding="UTF-8"?><section id="{id_}"><number>{number}</number><name>{name}</name>'
            f"<summary>{escape(summary)}</summary><summaryformat>1</summaryformat><sequence>{sequence}</sequence>"
            f"<visible>{visible}</visible>{extra}</section>"
        )

    def activity(self, id_, module, title, body="", *, section="1", visible=1, extra="", intro=""):
        folder = f"activities/{module}_{id_}"
        self.activities.append((id_, section, module, title, folder))
        self.members[f"{folder}/module.xml"] = (
            f'<module id="{id_}"><visible>{visible}</visible>{extra}</module>'
        )
        self.members[f"{folder}/{module}.xml"] = (
            f'<activity id="{id_}" moduleid="{id_}" modulename="{module}" contextid="c{id_}"><{module} id="{id_}">'
            f"<name>{title}</name><intro>{escape(intro)}</intro><introformat>1</introformat>{body}"
            f"</{module}></activity>"
        )

    def file(self, context, component, area, name, data, *, item="0", path="/", order=0):
        digest = hashlib.sha1(data or name.encode()).hexdigest()
        if data is not None:
            self.members[f"files/{digest[:2]}/{digest}"] = data
        self.files.append(
            f"<file><contenthash>{digest}</contenthash><contextid>{context}</contextid><component>{component}"
            f"</component><filearea>{area}</filearea><itemid>{item}</itemid><filepath>{path}</filepath>"
            f"<filename>{escape(name)}</filename><sortorder>{order}</sortorder></file>"
        )

    def question(self, number, kind, words, detail, *, feedback="", name=None, versions=()):
        node = (
            f'<question id="{number}"><parent>0</parent><name>{name or kind}</name><questiontext>{escape(words)}'
            f"</questiontext><questiontextformat>1</questiontextformat><generalfeedback>{feedback}"
            f"</generalfeedback><defaultmark>1.0</defaultmark><qtype>{kind}</qtype><stamp>site+{number}</stamp>"
            f"<plugin_qtype_{kind}_question>{detail}</plugin_qtype_{kind}_question></question>"
        )
        if self.modern:
            node = (
                f'<question_bank_entry id="e{number}"><question_version><question_versions id="{number}">'
                f"<version>2</version><status>ready</status><questions>{node}</questions></question_versions>"
                f'<question_versions id="9{number}"><version>1</version><status>ready</status><questions>'
                f"{node.replace(escape(words), 'old')}</questions></question_versions>"
                f"</question_version></question_bank_entry>"
            )
        self.questions.append(node)

    def all(self):
        activities = "".join(
            f"<activity><moduleid>{i}</moduleid><sectionid>{s}</sectionid><modulename>{m}</modulename>"
            f"<title>{t}</title><directory>{d}</directory></activity>"
            for i, s, m, t, d in self.activities
        )
        sections = "".join(
            f"<section><sectionid>{i}</sectionid><title>{i}</title><directory>{d}</directory></section>"
            for i, d in self.sections
        )
        inner = "".join(self.questions)
        inner = f"<question_bank_entries>{inner}</question_bank_entries>" if self.modern else inner
        bank = inner if self.modern else f"<questions>{inner}</questions>"
        return {
            "moodle_backup.xml": (
                '<?xml version="1.0" encoding="UTF-8"?><moodle_backup><information>'
                "<moodle_release>4.1</moodle_release><original_course_fullname>课</original_course_fullname>"
                f"<contents><activities>{activities}</activities><sections>{sections}</sections></contents>"
                f"<settings><setting><level>root</level><name>users</name><value>{self.users}</value></setting>"
                "</settings></information></moodle_backup>"
            ),
            "course/course.xml": (
                '<course id="1" contextid="cc"><fullname>停电检修</fullname><lang>zh_cn</lang>'
                "<summary>&lt;p&gt;四步。&lt;/p&gt;</summary><summaryformat>1</summaryformat></course>"
            ),
            "files.xml": f"<files>{''.join(self.files)}</files>",
            "questions.xml": (
                f'<question_categories><question_category id="1"><name>题库甲</name><contextid>cq</contextid>'
                f"{bank}</question_category></question_categories>"
            ),
            **self.members,
        }


def drawing(*places):
    """A quiz of these places, each the inside of its <question_instance>."""
    rows = "".join(
        f'<question_instance id="{n}"><slot>{n}</slot><maxmark>2</maxmark>{inside}</question_instance>'
        for n, inside in enumerate(places, 1)
    )
    return f"<question_instances>{rows}</question_instances>"


def filtered(**condition):
    """A place that draws by a filter, as 4.x writes it."""
    said = escape(json.dumps(condition))
    return (
        f"<question_set_reference id='1'><filtercondition>{said}</filtercondition></question_set_reference>"
    )


def categories(modern=False):
    """questions.xml of four true-or-false questions: 1 and 2 in a category, 3 in one below it, 4 in another. 1 and 3 have the
    tag 安全 (7); 5, which is hidden, and 6, which only shows a text, are in the first, too."""

    def asked(number, *, tags=(), hidden=0, kind="truefalse"):
        marks = "".join(f'<tag id="{id_}"><name>{name}</name></tag>' for id_, name in tags)
        node = (
            f'<question id="{number}"><parent>0</parent><name>题{number}</name><questiontext>第{number}题</questiontext>'
            f"<defaultmark>1</defaultmark><qtype>{kind}</qtype><stamp>s{number}</stamp><hidden>{hidden}</hidden>"
            + answers(("对", "1", ""), ("错", "0", ""))
            + f"<truefalse><trueanswer>0</trueanswer></truefalse><tags>{marks}</tags></question>"
        )
        if not modern:
            return node
        status = "hidden" if hidden else "ready"
        return (
            f'<question_bank_entry id="e{number}"><question_version><question_versions id="{number}">'
            f"<version>1</version><status>{status}</status><questions>{node}</questions></question_versions>"
            "</question_version></question_bank_entry>"
        )

    safety = ((7, "安全"),)
    # Until 3.10 a place's question is one of the kind "random", which stands in the category it draws from.
    random = (
        "" if modern else asked(90, kind="random").replace("第90题", "1").replace("<parent>0<", "<parent>90<")
    )
    kept = {
        "20": (
            "甲",
            "1",
            [asked(1, tags=safety), asked(2), asked(5, hidden=1), asked(6, kind="description"), random],
        ),
        "21": ("甲的下面", "20", [asked(3, tags=safety)]),
        "22": ("乙", "1", [asked(4)]),
    }
    around = "question_bank_entries" if modern else "questions"
    inner = "".join(
        f'<question_category id="{id_}"><name>{name}</name><contextid>cq</contextid><parent>{parent}</parent>'
        f"<{around}>{''.join(nodes)}</{around}></question_category>"
        for id_, (name, parent, nodes) in kept.items()
    )
    return f"<question_categories>{inner}</question_categories>"


def answers(*rows):
    inner = "".join(
        f'<answer id="{n}"><answertext>{escape(text)}</answertext><answerformat>1</answerformat>'
        f"<fraction>{fraction}</fraction><feedback>{note}</feedback></answer>"
        for n, (text, fraction, note) in enumerate(rows)
    )
    return f"<answers>{inner}</answers>"


def quiz_of(backup, *numbers):
    def slot(place, number):
        if not backup.modern:
            return f"<slot>{place}</slot><questionid>{number}</questionid><maxmark>2.0</maxmark>"
        if number is None:
            return f"<slot>{place}</slot><maxmark>1</maxmark><question_set_reference id='1'/>"
        return (
            f"<slot>{place}</slot><maxmark>2.0</maxmark><question_reference id='{place}'>"
            f"<questionbankentryid>e{number}</questionbankentryid><version>{NULL}</version></question_reference>"
        )

    # Written backwards: the slots say the order.
    rows = "".join(
        f'<question_instance id="{n}">{slot(n, number)}</question_instance>'
        for n, number in reversed(list(enumerate(numbers, 1)))
    )
    return f"<question_instances>{rows}</question_instances>"


def bank_of(backup):
    backup.question(
        1,
        "multichoice",
        "<p>先做<b>什么</b>？</p><img src='@@PLUGINFILE@@/%E5%9B%BE.png'>",
        answers(("<p>验电</p>", "1.0", "对"), ("回家", "0", ""))
        + "<multichoice><single>1</single></multichoice>",
        feedback="先验电。",
    )
    backup.question(
        2,
        "multichoice",
        "哪些是措施？",
        answers(("停电", "0.5", ""), ("验电", "0.5", ""), ("聊天", "-1", ""))
        + "<multichoice><single>0</single></multichoice>",
    )
    backup.question(
        3,
        "truefalse",
        "先接导体端。",
        answers(("True", "0", ""), ("False", "1", "")) + "<truefalse><trueanswer>0</trueanswer></truefalse>",
    )
    backup.question(
        4, "shortanswer", "首都是？", answers(("北京", "1", ""), ("北京市", "1", ""), ("南京", "0", ""))
    )
    backup.question(5, "randomsamatch", "随机配对", "", name="配对题")
    backup.question(6, "essay", "谈谈", "", name="没人问的")
    backup.file("cq", "question", "questiontext", "图.png", png(), item="1")
