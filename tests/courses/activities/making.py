"""SCORM packages of the tests' own, for each edition: manifests, and SCOs that talk to their API as real ones do."""

import io
import zipfile

_12 = 'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"'
_2004 = (
    'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
    'xmlns:imsss="http://www.imsglobal.org/xsd/imsss" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" '
    'xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"'
)
VERSIONS = {"1.2": "1.2", "2nd": "CAM 1.3", "3rd": "2004 3rd Edition", "4th": "2004 4th Edition"}
# The API's search as ADL publishes it: up the parents, then the opener.
_FIND = """
function find(win, name) {
  let tries = 0;
  while (!win[name] && win.parent && win.parent !== win && tries++ < 500) win = win.parent;
  return win[name];
}
"""
SCO_12 = (
    "<!doctype html><meta charset='utf-8'><title>SCO</title><p id='was'></p>"
    "<button id='half'>half</button><button id='done'>done</button><script>"
    + _FIND
    + """
const api = find(window, "API");
api.LMSInitialize("");
document.getElementById("was").textContent =
  [api.LMSGetValue("cmi.core.entry"), api.LMSGetValue("cmi.core.lesson_location"), api.LMSGetValue("cmi.suspend_data")].join("|");
document.getElementById("half").onclick = () => {
  api.LMSSetValue("cmi.core.lesson_location", "page-2");
  api.LMSSetValue("cmi.suspend_data", "半程");
  api.LMSSetValue("cmi.core.lesson_status", "incomplete");
  api.LMSSetValue("cmi.core.session_time", "00:05:00.00");
  api.LMSSetValue("cmi.core.exit", "suspend");
  api.LMSFinish("");
  document.title = "left";
};
document.getElementById("done").onclick = () => {
  api.LMSSetValue("cmi.interactions.0.id", "q1");
  api.LMSSetValue("cmi.interactions.0.type", "choice");
  api.LMSSetValue("cmi.interactions.0.student_response", "a");
  api.LMSSetValue("cmi.interactions.0.result", "correct");
  api.LMSSetValue("cmi.core.score.raw", "90");
  api.LMSSetValue("cmi.core.lesson_status", "passed");
  api.LMSSetValue("cmi.core.session_time", "00:10:00.00");
  api.LMSSetValue("cmi.core.exit", "");
  api.LMSFinish("");
  document.title = "left";
};
</script>"""
)
SCO_2004 = (
    "<!doctype html><meta charset='utf-8'><title>SCO</title><p id='was'></p>"
    "<button id='half'>half</button><button id='done'>done</button><script>"
    + _FIND
    + """
const api = find(window, "API_1484_11");
api.Initialize("");
document.getElementById("was").textContent =
  [api.GetValue("cmi.entry"), api.GetValue("cmi.location"), api.GetValue("cmi.suspend_data")].join("|");
document.getElementById("half").onclick = () => {
  api.SetValue("cmi.location", "page-2");
  api.SetValue("cmi.suspend_data", "半程");
  api.SetValue("cmi.completion_status", "incomplete");
  api.SetValue("cmi.session_time", "PT5M");
  api.SetValue("cmi.exit", "suspend");
  api.SetValue("adl.nav.request", "suspendAll");
  api.Terminate("");
  document.title = "left";
};
document.getElementById("done").onclick = () => {
  api.SetValue("cmi.interactions.0.id", "q1");
  api.SetValue("cmi.interactions.0.type", "choice");
  api.SetValue("cmi.interactions.0.learner_response", "a");
  api.SetValue("cmi.interactions.0.result", "correct");
  api.SetValue("cmi.score.scaled", "0.9");
  api.SetValue("cmi.completion_status", "completed");
  api.SetValue("cmi.success_status", "passed");
  api.SetValue("cmi.session_time", "PT10M");
  api.SetValue("cmi.exit", "normal");
  api.SetValue("adl.nav.request", "continue");
  api.Terminate("");
};
</script>"""
)


def item(id_, title, ref="", inside="", parameters="", more=""):
    ref = f' identifierref="{ref}"' if ref else ""
    parameters = f' parameters="{parameters}"' if parameters else ""
    return f'<item identifier="{id_}"{ref}{parameters}><title>{title}</title>{more}{inside}</item>'


def resource(id_, href, type_="sco", edition="1.2", files=None, base=""):
    name = "scormtype" if edition == "1.2" else "scormType"
    base = f' xml:base="{base}"' if base else ""
    listed = "".join(f'<file href="{file}"/>' for file in files or [href.partition("?")[0]])
    return f'<resource identifier="{id_}" type="webcontent" adlcp:{name}="{type_}" href="{href}"{base}>{listed}</resource>'


def organization(id_, title, items, more=""):
    return f'<organization identifier="{id_}"><title>{title}</title>{items}{more}</organization>'


def manifest(edition="1.2", organizations="", resources="", default="org", version=None, more=""):
    told = VERSIONS[edition] if version is None else version
    told = f"<schemaversion>{told}</schemaversion>" if told else ""
    names = _12 if edition == "1.2" else _2004
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest identifier="m" {names}>'
        f"<metadata><schema>ADL SCORM</schema>{told}</metadata>"
        f'<organizations default="{default}">{organizations}</organizations>'
        f"<resources>{resources}</resources>{more}</manifest>"
    )


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in members.items():
            pack.writestr(name, content)
    return out.getvalue()


def simple(edition="1.2", title="用电安全", **members):
    """Two SCOs in one folder and an asset beside it."""
    items = item(
        "c1", "第一章", inside=item("i1", "验电", "r1") + item("i2", "接地", "r2", parameters="?page=2")
    )
    items += item("i3", "附录", "r3")
    said = manifest(
        edition,
        organization("org", title, items),
        resource("r1", "one/index.html", edition=edition)
        + resource("r2", "index.html", edition=edition, base="two/")
        + resource("r3", "notes.html", "asset", edition=edition),
    )
    sco = SCO_12 if edition == "1.2" else SCO_2004
    files = {"one/index.html": sco, "two/index.html": sco, "notes.html": "<p>附录</p>"}
    return zipped({"imsmanifest.xml": said, **files, **members})


# The second SCO opens only to who has passed the first.
GATE = """<imsss:sequencing><imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions>
<imsss:ruleCondition referencedObjective="o" operator="not" condition="satisfied"/></imsss:ruleConditions>
<imsss:ruleAction action="disabled"/></imsss:preConditionRule></imsss:sequencingRules>
<imsss:objectives><imsss:primaryObjective objectiveID="own"/><imsss:objective objectiveID="o">
<imsss:mapInfo targetObjectiveID="g" readSatisfiedStatus="true"/></imsss:objective></imsss:objectives></imsss:sequencing>"""
GIVES = """<imsss:sequencing><imsss:objectives><imsss:primaryObjective objectiveID="own">
<imsss:mapInfo targetObjectiveID="g" writeSatisfiedStatus="true"/></imsss:primaryObjective></imsss:objectives></imsss:sequencing>"""
FLOW = '<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing>'


def sequenced(edition="4th", title="按顺序学"):
    items = item("a", "先学", "ra", more=GIVES) + item("b", "后学", "rb", more=GATE)
    said = manifest(
        edition,
        organization("org", title, items, FLOW),
        resource("ra", "a.html", edition=edition) + resource("rb", "b.html", edition=edition),
    )
    return zipped({"imsmanifest.xml": said, "a.html": SCO_2004, "b.html": SCO_2004})
