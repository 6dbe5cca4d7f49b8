"""How the index is: for /healthz and for whoever looks after it."""

from typing import Any

from search import engines
from search.engines.base import Engine
from search.indexing import outdated
from search.models import Owed, Shelf


def health() -> dict[str, Any]:
    """{"engine", "ok", "types": {type: {"documents", "generation", "building", "rebuilt_at"}}, …}, or with "error".

    ok: searches are answered. outdated: types that are still as they were cut before an upgrade. Where Elasticsearch is away, `fallback` names the engine that answers instead and `owed`
    says how many documents wait for its return.
    """
    cluster, embedded = engines.cluster(), engines.embedded()
    answering = embedded if cluster is None else cluster
    report = embedded.health() if cluster is None else _of_cluster(cluster)
    extra: dict[str, Any] = {}
    if cluster is not None:
        extra["owed"] = Owed.objects.filter(engine=cluster.name).count()
        if not report["ok"]:
            extra["fallback"], extra["error"] = embedded.name, report.get("error", "red")
            answering, report = embedded, embedded.health()
    counted = report.pop("documents", {})
    if report["ok"]:
        report["types"] = {
            shelf.type: {
                "documents": counted.get((shelf.type, shelf.active), 0),
                "generation": shelf.active,
                "building": shelf.building,
                "rebuilt_at": shelf.rebuilt_at.isoformat() if shelf.rebuilt_at else None,
            }
            for shelf in Shelf.objects.filter(engine=answering.name)
        }
    # Types that a job makes anew because the software cuts them otherwise by now.
    report["outdated"] = sorted({document_type for _engine, document_type in outdated()})
    return {"engine": (cluster or embedded).name, **report, **extra}


def _of_cluster(cluster: Engine) -> dict[str, Any]:
    """What it says of itself; it is not asked while the breaker tells that nobody is there, and the breaker learns by it."""
    breaker = engines.guard()
    if not breaker.lets():
        return {"ok": False, "error": "away"}
    report = cluster.health()
    if report["ok"] or report.get("cluster"):
        breaker.good()
    else:
        breaker.bad()
    return report


def standing() -> dict[str, int]:
    """Type → how many documents are found of it now: about how many a rebuild will write."""
    return {name: one["documents"] for name, one in health().get("types", {}).items()}
