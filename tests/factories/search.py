"""An invented catalogue: a source of documents that a test changes as it likes."""

from datetime import UTC, datetime, timedelta

from search.api import Document, Facet

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = {"public": "公需科目", "specialty": "专业科目", "vocational": "职业技能"}
SECTORS = {"industry": "工业信息", "science": "科技创新", "trade": "服务贸易"}


def provider_names(codes):
    """Of every college but the unknown."""
    return {code: f"第{code}学院" for code in codes if code != "unknown"}


class Catalogue:
    """A source whose documents a test changes as it likes; counts how often it was read."""

    type = "course"
    label = "课程"
    facets = (
        Facet("kind", "类型", values=KINDS, order="given"),
        Facet("year", "年度", order="falling", form="[0-9]{4}"),
        Facet("sector", "行业", values=SECTORS, order="given"),
        Facet("provider", "机构", look_up=provider_names),
    )

    def __init__(self):
        self.shelf = {}
        self.reads = 0

    def put(self, key, title, **given):
        facets = {"kind": given.pop("kind", "public"), "year": given.pop("year", "2026")}
        for name in ("sector", "provider"):
            if name in given:
                facets[name] = given.pop(name)
        self.shelf[key] = Document(
            type=self.type,
            id=key,
            title=title,
            url=f"/courses/{key}/",
            facets={name: [value] for name, value in facets.items()},
            published_at=given.pop("published_at", BEGAN + timedelta(days=len(self.shelf))),
            audience=given.pop("audience", ["public"]),
            **given,
        )

    def documents(self, ids=None):
        self.reads += 1
        wanted = None if ids is None else set(ids)
        for key, document in list(self.shelf.items()):
            if wanted is None or key in wanted:
                yield document


def fill(catalogue):
    """A dozen courses with near misses."""
    put = catalogue.put
    vocational, specialty = {"kind": "vocational"}, {"kind": "specialty"}
    put(
        "forklift",
        "叉车司机安全操作",
        summary="场内机动车辆的驾驶与检查",
        sector="trade",
        centihours=1600,
        **vocational,
    )
    put(
        "crane",
        "桥式起重机司机",
        summary="吊装、信号与检查",
        sector="industry",
        centihours=2400,
        **vocational,
    )
    put("cnc", "CNC编程入门", year="2025", summary="数控车床与加工中心", sector="industry", **vocational)
    put("lathe", "数控车工（中级）", sector="industry", body="机床操作，也讲一点 CNC 编程。", **vocational)
    put("netsec", "网络安全与个人信息保护", sector="science", provider="A1", centihours=60)
    put("netsec25", "网络安全与个人信息保护", year="2025", sector="science", provider="A1")
    put("netadmin", "网络安全管理员", sector="science", provider="B2", **vocational)
    put("ethics", "职业道德", summary="守住本分", body="第三章讲到网络安全与叉车。", provider="B2")
    put("lean", "精益生产", summary="看板与标准作业", keywords=["班组长"], sector="industry", **specialty)
    put("accounting", "会计准则解读", sector="trade", **specialty)
    put("cpp", "C++ 与嵌入式", summary="从 C 到 C++20", sector="science", **specialty)
    put("standard", "GB/T 2589-2020 综合能耗计算", sector="industry", **specialty)
