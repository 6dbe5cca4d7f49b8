"""Other kinds of things beside courses: rules, notices, lessons, bundles and policies about the same subjects, and queries of which it is
known which kind somebody looks for who types them.

Owns: these documents (made from the tables of corpus.py, nothing random) and their grades, written before anything was tuned for them
and pinned by a digest. Who types an occupation, or a kind of course and a year, looks for courses; who names another kind of thing looks
for that. 3: what was looked for. 2: a piece of it. 1: another kind of thing about the same, or right but for the year. 0: anything else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

from courses.searching import LESSON_BOOST
from search.api import BESIDE, Document, Facet
from tests.search.relevance.corpus import KINDS, LEVELS, Course, JudgedCatalogue, courses, subjects

OCCUPATIONS = (
    *(
        "叉车司机",
        "焊工",
        "电工",
        "数控车工",
        "数控铣工",
        "养老护理员",
        "育婴员",
        "茶艺师",
        "保安员",
        "中式烹调师",
    ),
    *("车工", "钳工", "桥式起重机司机", "快递员"),
)
TYPES = {
    "lesson": "课时",
    "rule": "转换规则",
    "plan": "年度计划",
    "bundle": "培训课程包",
    "notice": "公告",
    "policy": "政策文件",
}
DAY = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Thing:
    """A document that is no course. about: the occupation, kind or year it is about."""

    document: Document
    about: frozenset[str]


def _thing(kind: str, key: str, title: str, *about: str, age: int = 0, **given: object) -> Thing:
    boost = {"lesson": LESSON_BOOST, "bundle": 1.0}.get(kind, BESIDE)
    document = Document(
        type=kind,
        id=key,
        title=title,
        url=f"/{kind}/{key}/",
        published_at=DAY - timedelta(days=age),
        audience=["public"],
        boost=boost,
        **given,  # type: ignore[arg-type]
    )
    return Thing(document, frozenset(about))


@cache
def things() -> tuple[Thing, ...]:
    """All that are no courses, in a fixed order."""
    return (*_of_occupations(), *_of_years(), *_lessons(), *_policies())


def _of_occupations() -> Iterator[Thing]:
    for place, name in enumerate(OCCUPATIONS):
        level = LEVELS[str(5 - place % 3)]
        named = {"keywords": [f"ZH-{place:03}", "现代物流管理", name]}
        yield _thing(
            "rule", f"规则-{name}-1", f"{name}（{level}）转现代物流管理学分", name, age=place, **named
        )
        yield _thing("rule", f"规则-{name}-2", f"{name}证书认定学分", name, age=40 + place, **named)
        yield _thing(
            "notice",
            f"公告-{name}",
            f"关于开展2026年{name}职业技能等级认定的通知",
            name,
            age=place * 3,
            body=f"2026年{name}职业技能等级认定自四月起受理报名，请各单位组织职工参加。",
            facets={"year": ["2026"]},
        )
        yield _thing(
            "bundle", f"包-{name}", f"{name}上岗培训课程包", name, age=place, facets={"year": ["2026"]}
        )
        facets = {"kind": ["vocational"], "year": ["2026"]}
        yield _thing("lesson", f"课时-{name}-1", f"{name}的一个班次", name, facets=facets)
        yield _thing("lesson", f"课时-{name}-2", f"{name}岗位须知", name, facets=facets)
        yield _thing("lesson", f"课时-{name}-3", f"{name}", name, facets=facets)


def _of_years() -> Iterator[Thing]:
    for place, year in enumerate(("2026", "2025", "2024")):
        facets, age = {"year": [year]}, 360 * place
        for kind, label in (("public", "公需科目"), ("specialty", "专业科目")):
            about = (f"kind={kind}", f"year={year}")
            title = f"{year}年度{label}学习安排的通知"
            yield _thing(
                "notice", f"公告-{kind}-{year}", title, *about, facets=facets, age=age, body=title * 3
            )
            title = f"{year}年{label}计划"
            yield _thing("plan", f"计划-{kind}-{year}", title, *about, facets=facets, age=age)
            title = f"{label}怎样算学时"
            lesson = {"kind": [kind], "year": [year]}
            yield _thing("lesson", f"课时-{kind}-{year}", title, *about, facets=lesson, age=age)


def _lessons() -> Iterator[Thing]:
    facets = {"kind": ["vocational"], "year": ["2026"]}
    yield _thing("lesson", "课时-cnc-1", "CNC面板上的按键", "CNC", facets=facets)
    yield _thing("lesson", "课时-cnc-2", "CNC回零与对刀", "CNC", facets=facets)
    yield _thing("rule", "规则-cnc", "CNC操作能力证书转数控技术学分", "CNC", keywords=["ZH-900", "数控技术"])
    yield _thing("notice", "公告-cnc", "关于举办CNC编程技能竞赛的通知", "CNC", facets={"year": ["2026"]})


def _policies() -> Iterator[Thing]:
    body = (
        "各有关单位：现将办法印发给你们。叉车司机、焊工、电工等职业按本办法执行。公需科目每年不少于规定学时。"
    )
    for number, title in enumerate(
        ("申江市职工技能提升补贴办法", "申江市学分银行转换管理办法", "申江市继续教育公需科目管理办法")
    ):
        yield _thing(
            "policy", f"政策-{number}", title, title, body=body, age=500 + number, keywords=["申江市总工会"]
        )


# --- what is looked for -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A query. about: occupations or a subject. kind, year: of courses. type: the kind of thing that is looked for, "" for all of it that is
    about this. only: the documents that are looked for, where these are a few.
    """

    text: str
    about: frozenset[str] = frozenset()
    kind: str = ""
    year: str = ""
    type: str = "course"
    only: tuple[str, ...] = ()


def _asked(text: str, *about: str, **given: object) -> Asked:
    return Asked(text, frozenset(about), **given)  # type: ignore[arg-type]


QUERIES = (
    *(_asked(name, name) for name in OCCUPATIONS if name not in {"车工"}),
    _asked("叉车", "叉车司机"),
    _asked("叉车工", "叉车司机"),
    _asked("ccsj", "叉车司机"),
    _asked("chachesiji", "叉车司机"),
    _asked("ylhly", "养老护理员"),
    _asked("baoanyuan", "保安员"),
    _asked("CNC", "CNC"),
    _asked("cnc 编程", "CNC"),
    _asked("公需", kind="public"),
    _asked("公需科目", kind="public"),
    _asked("公需课", kind="public"),
    _asked("2026 公需", kind="public", year="2026"),
    _asked("2026年公需科目", kind="public", year="2026"),
    _asked("公需 2025", kind="public", year="2025"),
    _asked("专业科目 2026", kind="specialty", year="2026"),
    _asked("gongxu 2026", kind="public", year="2026"),
    _asked("叉车司机 转换规则", "叉车司机", type="rule"),
    _asked("焊工 转换规则", "焊工", type="rule"),
    _asked("电工证书认定学分", "电工", type="rule", only=("规则-电工-2",)),
    _asked("叉车司机 通知", "叉车司机", type="notice"),
    _asked("茶艺师 公告", "茶艺师", type="notice"),
    _asked("2025年度公需科目学习安排的通知", type="notice", only=("公告-public-2025",)),
    _asked("快递员上岗培训课程包", "快递员", type="bundle"),
    _asked("CNC回零与对刀", "CNC", type="lesson", only=("课时-cnc-2",)),
    _asked("钳工岗位须知", "钳工", type="lesson", only=("课时-钳工-2",)),
    _asked("技能提升补贴办法", type="policy", only=("政策-0",)),
    _asked("公告", type="notice"),
    _asked("政策文件", type="policy"),
    _asked("转换规则", type="rule"),
)


@cache
def chosen_courses() -> tuple[Course, ...]:
    """Of the judged courses: all about what is asked here, of general subjects all, and a tenth of the others."""
    about = {*OCCUPATIONS, "CNC"}
    general = {name for name, one in subjects().items() if one.group in {"public", "specialty"}}
    return tuple(
        course
        for place, course in enumerate(courses())
        if (course.whole | course.part | course.also) & about
        or (course.whole & general and place % 3 == 0)
        or place % 10 == 0
    )


def _of_course(asked: Asked, course: Course) -> int:
    wanted = {"kind": asked.kind, "year": asked.year}
    missed = sum(course.attributes[name] != value for name, value in wanted.items() if value)
    if asked.about:
        base = 3 if asked.about & course.whole else 2 if asked.about & course.part else 0
        base = base or int(bool(asked.about & course.also))
        return base if asked.type == "course" else min(base, 1)
    if not (asked.kind or asked.year):
        return 0
    return 3 if not missed else int(missed == 1 and bool(asked.kind and asked.year))


def _of_thing(asked: Asked, thing: Thing) -> int:
    document = thing.document
    if asked.only:
        return 3 if document.id in asked.only else int(bool(asked.about & thing.about))
    if asked.type == document.type and not asked.about and asked.type != "course":
        return 3
    wanted = asked.about | {
        f"{name}={value}" for name, value in (("kind", asked.kind), ("year", asked.year)) if value
    }
    if not wanted or not wanted <= thing.about:
        return 0
    return 3 if asked.type == document.type else 1


@cache
def grades(asked: Asked) -> Mapping[str, int]:
    """Document → grade, of those that are not 0."""
    found = {one.document.id: _of_course(asked, one) for one in chosen_courses()}
    found |= {one.document.id: _of_thing(asked, one) for one in things()}
    return {one: grade for one, grade in found.items() if grade}


def digest() -> str:
    """A fingerprint of every grade of every query."""
    lines = (f"{one.text}\t{key}\t{grade}" for one in QUERIES for key, grade in sorted(grades(one).items()))
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


class Courses(JudgedCatalogue):
    """The courses among them."""

    def documents(self, ids: object = None) -> Iterator[Document]:
        wanted = None if ids is None else set(ids)  # type: ignore[call-overload]
        for course in chosen_courses():
            if wanted is None or course.document.id in wanted:
                yield course.document


class Things:
    """A source of one kind of the others."""

    def __init__(self, kind: str) -> None:
        self.type, self.label = kind, TYPES[kind]
        self.facets = (
            Facet("kind", "类别", values=KINDS, order="given"),
            Facet("year", "年度", order="falling"),
        )

    def documents(self, ids: object = None) -> Iterator[Document]:
        wanted = None if ids is None else set(ids)  # type: ignore[call-overload]
        for thing in things():
            if thing.document.type == self.type and (wanted is None or thing.document.id in wanted):
                yield thing.document


def sources() -> tuple[object, ...]:
    return (Courses(), *map(Things, TYPES))
