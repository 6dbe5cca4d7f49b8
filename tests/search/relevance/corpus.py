"""Two thousand course documents that are made, not copied: the same ones in every process.

Owns: the catalogue that relevance is judged over. Titles, summaries and lessons are put together from the three
tables beside this file (what there is to teach, and five things each is about); what is chosen where follows from
a hash of the document's own key, so nothing here is random. Every document also says what it is about, as
attributes: grades are worked out from those (see judged), never from the words a search engine would look at.

Near misses are meant: the same subject in other years and kinds, neighbouring occupations, occupations named in a
title that is about another, words met only in a lesson's text, and sentences where an occupation's characters stand
next to each other by accident (「家电工程」 holds 电工, 「确保安全」 holds 保安).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from search.api import Document, Facet

HERE = Path(__file__).parent
KINDS = {"public": "公需科目", "specialty": "专业科目", "vocational": "职业技能"}
SECTORS = {
    "industry": "工业信息",
    "science": "科技创新",
    "education_health": "教育卫生",
    "agriculture": "农业农村",
    "culture_tourism": "文化旅游",
    "construction_transport": "建设交通",
    "finance": "金融财会",
    "trade": "服务贸易",
    "environment": "生态环境",
}
MODES = {"online": "线上 · 应知", "offline": "线下 · 应会", "blended": "线上应知 + 线下应会"}
LEVELS = {
    "5": "五级 / 初级工",
    "4": "四级 / 中级工",
    "3": "三级 / 高级工",
    "2": "二级 / 技师",
    "1": "一级 / 高级技师",
}
SHORT_LEVELS = {"5": "初级", "4": "中级", "3": "高级", "2": "技师", "1": "高级技师"}
PROVIDERS = (
    "青禾职业技术学院",
    "澄湖开放大学",
    "东泖技师学院",
    "云间职工学校",
    "白鹤港培训中心",
    "朱浦社区学院",
    "练江高级技工学校",
    "金泽湾产业学院",
    "望江继续教育基地",
    "松石公共实训基地",
)
YEARS = ("2026", "2025", "2024", "2023", "2022")


@dataclass(frozen=True)
class Subject:
    """A line of the tables: an occupation, a subject of a kind, or a standard, model or program."""

    name: str
    group: str
    kind: str
    sector: str
    place: str
    terms: tuple[str, ...]
    what: str = ""


@dataclass(frozen=True)
class Course:
    """A document with what it is about: whole (its subjects), part (of which it teaches a piece), also (named in
    its title, but not what it is about), in_title and in_lessons (the things that these name).
    """

    document: Document
    whole: frozenset[str]
    part: frozenset[str]
    also: frozenset[str]
    in_title: frozenset[str]
    in_lessons: frozenset[str]
    attributes: dict[str, str]


def _rows(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def subjects() -> dict[str, Subject]:
    """Everything there is to teach, by name."""
    found: dict[str, Subject] = {}
    for name, sector, place, terms in _rows("occupations.tsv"):
        found[name] = Subject(name, "occupation", "vocational", sector, place, tuple(terms.split("、")))
    for name, kind, sector, terms in _rows("subjects.tsv"):
        place = "各行业单位" if kind == "public" else f"{SECTORS[sector]}领域"
        found[name] = Subject(name, kind, kind, sector, place, tuple(terms.split("、")))
    for name, what, sector, terms in _rows("codes.tsv"):
        found[name] = Subject(
            name, "code", "specialty", sector, "生产与技术部门", tuple(terms.split("、")), what
        )
    return found


def _number(*key: object) -> int:
    return int.from_bytes(sha256("|".join(map(str, key)).encode()).digest()[:6], "big")


def _pick(options: tuple[str, ...], *key: object) -> str:
    return options[_number(*key) % len(options)]


@cache
def courses() -> tuple[Course, ...]:
    """All of them, in a fixed order."""
    made = [
        *(course for one in _of("occupation") for course in _vocational(one)),
        *(course for one in _of("public") for course in _public(one)),
        *(course for one in _of("specialty") for course in _specialty(one)),
        *(course for one in _of("code") for course in _coded(one)),
    ]
    assert len({course.document.id for course in made}) == len(made)
    return tuple(made)


def _of(group: str) -> list[Subject]:
    return [one for one in subjects().values() if one.group == group]


def _neighbour(one: Subject, *key: object) -> Subject:
    """Another subject of the same group, of the same sector where there is one."""
    group = [other for other in _of(one.group) if other.name != one.name]
    near = [other for other in group if other.sector == one.sector] or group
    return near[_number("neighbour", one.name, *key) % len(near)]


# --- titles -----------------------------------------------------------------------------------------------


def _vocational(one: Subject) -> Iterator[Course]:
    """Nine courses of an occupation: levels, pieces of it, and two that only touch it."""
    a, b, c, d, e = one.terms
    levels = (("5", "4", "3"), ("4", "3", "2"), ("3", "2", "1"))[_number(one.name) % 3]
    whole_titles = (
        "{occ}（{level}）职业技能等级认定备考",
        "{short}{occ}操作技能实训",
        "{occ}理论知识精讲（{level}）",
        "{occ}（{level}）考前串讲与题型解析",
        "{level}{occ}培训：从{a}到{b}",
    )
    for place, level in enumerate(levels):
        title = whole_titles[(_number(one.name, "title") + place) % len(whole_titles)].format(
            occ=one.name, level=LEVELS[level].replace(" / ", "／"), short=SHORT_LEVELS[level], a=a, b=c
        )
        yield _course(
            one,
            f"{one.name}-{level}",
            title,
            level=level,
            whole=[one],
            titled=(a, c) if "从" in title else (),
        )
    # The same level again in another year and elsewhere.
    yield _course(
        one,
        f"{one.name}-{levels[0]}-再",
        f"{one.name}{SHORT_LEVELS[levels[0]]}班",
        level=levels[0],
        whole=[one],
    )
    yield _course(one, f"{one.name}-入门", f"零基础学做{one.name}", level="5", whole=[one])
    # Pieces of it: one names the occupation, one does not.
    yield _course(
        one, f"{one.name}-专项一", f"{b}专项实训（{one.name}岗位）", part=[one], titled=(b,), level=levels[1]
    )
    yield _course(one, f"{one.name}-专项二", f"{d}与{e}", part=[one], titled=(d, e), level=levels[2])
    # Named in the title, but about somebody else, or about everybody there.
    other = _neighbour(one, "also")
    yield _course(
        other,
        f"{one.name}-旁一",
        f"{other.name}与{one.name}的交接配合",
        part=[other],
        also=[one],
        level=levels[0],
    )
    yield _course(
        one,
        f"{one.name}-旁二",
        f"{one.place}班组长的现场管理（含{one.name}排班）",
        also=[one],
        level=levels[2],
        occupation=False,
        titled=("班组长",),
    )


def _public(one: Subject) -> Iterator[Course]:
    a, b, c, _d, _e = one.terms
    titles = (
        "{year}年公需科目：{name}",
        "专业技术人员{name}",
        "{name}（公需科目）",
        "{name}：{a}与{b}",
        "{name}通识",
    )
    for place, year in enumerate(YEARS):
        for turn in (0, 1):
            form = titles[(_number(one.name) + place + turn * 2) % len(titles)]
            titled = (a, b) if "{a}" in form else ()
            title = form.format(year=year, name=one.name, a=a, b=b)
            yield _course(one, f"{one.name}-{year}-{turn + 1}", title, year=year, whole=[one], titled=titled)
    other = _neighbour(one, "together")
    yield _course(one, f"{one.name}-合", f"{one.name}与{other.name}", whole=[one, other])
    yield _course(one, f"{one.name}-点", f"{c}案例十讲", part=[one], titled=(c,))
    yield _course(
        one,
        f"{one.name}-管",
        f"单位负责人怎样组织{one.name}学习",
        also=[one],
        year="2024",
        kind="specialty",
        sector="trade",
    )


def _specialty(one: Subject) -> Iterator[Course]:
    a, b, c, d, e = one.terms
    titles = ("{name}：政策与实务", "{name}新技术与应用", "{name}高级研修班", "{name}案例研讨")
    for place, year in enumerate(YEARS[:4]):
        title = titles[(_number(one.name) + place) % len(titles)].format(name=one.name)
        yield _course(one, f"{one.name}-{year}", title, year=year, whole=[one])
    yield _course(one, f"{one.name}-专", f"{a}、{b}与{c}", part=[one], titled=(a, b, c))
    yield _course(one, f"{one.name}-题", f"{d}专题（{one.name}）", part=[one], titled=(d,))
    other = _neighbour(one, "also")
    yield _course(
        other, f"{one.name}-旁", f"{other.name}中的{one.name}问题", part=[other], also=[one], titled=()
    )
    yield _course(one, f"{one.name}-解", f"从{e}看{one.name}", whole=[one], titled=(e,))


def _coded(one: Subject) -> Iterator[Course]:
    a, b, c, d, _e = one.terms
    yield _course(one, f"{one.name}-条文", f"{one.name} {one.what}", whole=[one])
    yield _course(one, f"{one.name}-实务", f"{one.what}实务（{one.name}）", whole=[one], year="2025")
    yield _course(one, f"{one.name}-案例", f"{one.name}应用案例：{a}", whole=[one], titled=(a,))
    yield _course(one, f"{one.name}-专", f"{b}与{c}", part=[one], titled=(b, c))
    yield _course(one, f"{one.name}-问", f"{d}常见问题一百例（依据{one.name}）", part=[one], titled=(d,))


# --- sentences --------------------------------------------------------------------------------------------

_OPENING = {
    "vocational": (
        "面向{place}的从业人员，围绕{a}、{b}和{c}组织内容，学完能独立完成一个班次的常规工作。",
        "按职业标准的工作要求编写，先讲{a}，再练{b}，最后用一次综合任务检验{c}。",
        "为准备参加评价的学员开设，理论部分讲清{a}的道理，操作部分把{b}拆成可以照做的步骤。",
        "适合刚转到{place}的新员工，重点放在{a}与{b}，每一讲都有一道现场题。",
        "由企业师傅和学校教师共同讲授，把{a}、{c}中最容易出错的地方逐个示范。",
    ),
    "public": (
        "结合近年的案例讲解{a}和{b}，帮助专业技术人员完成年度学习并用到日常工作里。",
        "从{a}说起，说明{b}与每个岗位的关系，课后有一份可以带回单位的检查单。",
        "面向全体专业技术人员，用六个短案例讲清{a}、{b}和{c}。",
        "由继续教育基地编写，内容包括{a}、{b}，并对{c}作了问答式的说明。",
    ),
    "specialty": (
        "面向{place}的技术骨干，讨论{a}与{b}的新进展，并安排{c}的分组研讨。",
        "围绕{a}、{b}、{c}三个问题展开，每个问题都从一份真实格式的材料入手。",
        "先回顾基本概念，再用计算和图表说明{a}，最后比较{b}的几种做法。",
        "为已有工作经验的人员设计，略去入门内容，直接进入{a}和{b}的难点。",
    ),
}
_LESSON_TITLES = ("{t}", "{t}的要点", "怎样做好{t}", "{t}：一个案例", "{t}练习")
_TEACHING = {
    "vocational": (
        "动手之前先看一遍工作票，{t}出现偏差时停下来，不要带着问题往下做。",
        "师傅示范{t}时要说出每一步的理由，学员复述一遍再上手。",
        "在{place}，{t}常常和交接班挤在一起，所以把它写进班前检查单。",
        "考评员看{t}，看的是顺序、数值和收尾三件事，缺一项就要扣分。",
        "记录{t}的结果时写实测值，不写“正常”两个字。",
        "遇到没有见过的情况，先恢复到已知的状态，再判断{t}是否受了影响。",
    ),
    "public": (
        "讲到{t}，先分清哪些是法律的要求，哪些是单位自己的规定。",
        "把{t}放回自己的岗位想一想：谁会受影响，要通知谁，留下什么记录。",
        "这一节用一段对话说明{t}，请在听完以后写出两处可以改进的地方。",
        "关于{t}，最常见的误解是以为它只和少数部门有关。",
        "小组讨论{t}时，每人举一个亲身经历的例子。",
    ),
    "specialty": (
        "{t}的难处在于数据不全，本节给出三种估计的办法并比较误差。",
        "请对照附件中的清单检查{t}，把不符合的地方标出来说明原因。",
        "本节从一次评审会的提问开始，逐条回答与{t}有关的问题。",
        "与前几年相比，{t}的要求更细，新增的部分放在本节最后。",
        "学员带来自己单位{t}的材料，交换着读，再提修改意见。",
    ),
}
# Where an occupation's name is met, but nothing is taught about it.
_PASSING = (
    "这项工作需要与{n}配合，交接时把未完成的事项逐条说清楚。",
    "转岗到{n}的学员可以免修本节。",
    "同一现场的{n}也要参加班前会。",
    "隔壁班组是{n}，两边共用一间工具室。",
)
# Characters that stand next to each other by accident.
_ACCIDENTS = (
    "家电工程项目的验收资料放在附件里，供参考。",
    "确保安全是第一位的，进度可以商量。",
    "我们的产品和服务都要经得起顾客的检验。",
    "社会计划编制的方法与企业不同，这里只作比较。",
    "货物流通环节多，单据要一次填对。",
    "有些人只重视保养护理论，忽视了动手练习。",
    "汽车工业的经验说明，停线的权力要交给一线。",
    "要克服务虚的习惯，用数字说话。",
    "城市公共安全网络正在建设，本课不展开。",
    "安全管理员工手册每年修订一次。",
)


def _course(
    one: Subject,
    key: str,
    title: str,
    *,
    year: str = "",
    level: str = "",
    kind: str = "",
    sector: str = "",
    whole: list[Subject] | None = None,
    part: list[Subject] | None = None,
    also: list[Subject] | None = None,
    titled: tuple[str, ...] = (),
    occupation: bool = True,
) -> Course:
    year = year or _pick(YEARS[:4], key, "year")
    kind = kind or one.kind
    sector = sector or (one.sector if one.sector != "-" else _pick(tuple(SECTORS), key, "sector"))
    provider = _pick(PROVIDERS, key, "provider")
    mode = _pick(("online", "online", "blended", "offline"), key, "mode")
    terms = sorted(one.terms, key=lambda term: _number(key, term))
    words = {"a": terms[0], "b": terms[1], "c": terms[2], "place": one.place}
    lessons = [_lesson(one, kind, key, place, term) for place, term in enumerate(terms)]
    summary = _pick(_OPENING[kind], key, "opening").format(**words)
    attributes = {"kind": kind, "year": year, "sector": sector, "mode": mode, "provider": provider}
    facets = {"kind": [kind], "year": [year], "sector": [sector], "mode": [mode], "provider": [provider]}
    if level:
        attributes["level"] = level
        facets["level"] = [level]
    if one.group == "occupation" and occupation:
        facets["occupation"] = [one.name]
    hours = (400, 800, 1200, 1600, 2400)[_number(key, "hours") % 5]
    document = Document(
        type="course",
        id=key,
        title=title,
        summary=summary,
        body=" ".join([year, *(text for lesson in lessons for text in lesson)]),
        url=f"/courses/{_number(key)}/",
        facets=facets,
        extra={},
        published_at=datetime(int(year), 1, 5, tzinfo=UTC) + timedelta(days=_number(key, "day") % 300),
        audience=["public"],
        centihours=hours,
        keywords=[f"C{_number(key) % 10**6:06}"],
    )
    return Course(
        document=document,
        whole=frozenset(other.name for other in whole or ()),
        part=frozenset(other.name for other in part or ()),
        also=frozenset(other.name for other in also or ()),
        in_title=frozenset(titled),
        in_lessons=frozenset(terms),
        attributes=attributes,
    )


def _lesson(one: Subject, kind: str, key: str, place: int, term: str) -> tuple[str, ...]:
    title = _LESSON_TITLES[_number(key, place) % len(_LESSON_TITLES)].format(t=term)
    teaching = _TEACHING[kind]
    first = _number(key, place, "sentence") % len(teaching)
    sentences = [
        teaching[first].format(t=term, place=one.place),
        teaching[(first + 1 + place) % len(teaching)].format(t=term, place=one.place),
    ]
    if place == 1:
        sentences.append(_pick(_ACCIDENTS, key, "accident"))
    if place in {2, 3}:
        passing = _pick(_PASSING, key, place)
        other = _neighbour(one, key, place)
        workers = (
            other
            if other.group == "occupation"
            else _of("occupation")[_number(key, place) % len(_of("occupation"))]
        )
        sentences.append(passing.format(n=workers.name))
    return (title, *sentences)


class JudgedCatalogue:
    """The source that hands the corpus to search."""

    type = "course"
    label = "课程"
    facets = (
        Facet("kind", "类别", values=KINDS, order="given", sought=True),
        Facet("year", "年度", order="falling", sought=True),
        Facet("sector", "行业", values=SECTORS, order="given"),
        Facet("mode", "方式", values=MODES, order="given"),
        Facet("level", "等级", values=LEVELS, order="given"),
        Facet("occupation", "职业", sought=True),
        Facet("provider", "机构"),
    )

    def documents(self, ids: object = None) -> Iterator[Document]:
        wanted = None if ids is None else set(ids)  # type: ignore[call-overload]
        for course in courses():
            if wanted is None or course.document.id in wanted:
                yield course.document


def many(number: int) -> Iterator[Document]:
    """As many as asked for: the corpus over and over, each round under ids, years and providers of its own.

    For measuring speed; grades know only the first round.
    """
    from dataclasses import replace

    made = 0
    turn = 0
    while made < number:
        for course in courses():
            if made == number:
                return
            document = course.document
            if turn:
                year = YEARS[(turn + _number(document.id)) % len(YEARS)]
                facets = {
                    **document.facets,
                    "year": [year],
                    "provider": [_pick(PROVIDERS, document.id, turn)],
                }
                document = replace(
                    document,
                    id=f"{document.id}~{turn}"[:100],
                    title=f"{document.title}（第{turn + 1}期）",
                    facets=facets,
                    url=f"{document.url}{turn}/",
                )
            yield document
            made += 1
        turn += 1
