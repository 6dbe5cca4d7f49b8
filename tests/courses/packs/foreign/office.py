"""Office files for tests, written as the programs write them; no more of each than a test needs."""

from tests.courses.packs.foreign.reading import zipped

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" xmlns:m="{M}" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>{more}</w:style>'
    for key, name, more in (
        ("1", "heading 1", ""),
        ("2", "标题 2", ""),
        ("3", "heading 3", ""),
        ("a5", "Title", ""),
        ("ours", "本院章标题", '<w:basedOn w:val="1"/>'),
        ("TOC1", "toc 1", ""),
    )
)


def relations(rows):
    """A relationships part of (id, kind, target) or (id, kind, target, "External")."""
    made = "".join(
        f'<Relationship Id="{key}" Type="{R}/{kind}" Target="{target}"'
        + (f' TargetMode="{mode[0]}"' if mode else "")
        + "/>"
        for key, kind, target, *mode in rows
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{made}</Relationships>'


def p(text="", style="", inner="", properties=""):
    """A paragraph."""
    head = f'<w:pStyle w:val="{style}"/>' if style else ""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{head}{properties}</w:pPr>{run}{inner}</w:p>"


def picture(key, descr=""):
    return (
        f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="图片 1" descr="{descr}"/><a:graphic><a:graphicData>'
        f'<pic:pic><pic:blipFill><a:blip r:embed="{key}"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def graphic(inner):
    return (
        '<w:r><w:drawing><wp:inline><wp:docPr id="2" name="x"/><a:graphic><a:graphicData>'
        f"{inner}</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def part(name, inner):
    return f"<w:{name} {NAMESPACES}>{inner}</w:{name}>"


def docx(body, *, related=(), members=None, kind=WORD, title="", styles=STYLES):
    """A Word file with this body; `related` are relations of the document, `members` further files."""
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
        "<dc:creator>电力学院;王老师</dc:creator></cp:coreProperties>"
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/word/document.xml" '
            f'ContentType="{kind}"/></Types>',
            "_rels/.rels": relations([("rId1", "officeDocument", "word/document.xml")]),
            "docProps/core.xml": core,
            "word/document.xml": part("document", f"<w:body>{body}</w:body>"),
            "word/styles.xml": part("styles", styles),
            "word/_rels/document.xml.rels": relations([("s", "styles", "styles.xml"), *related]),
            **(members or {}),
        }
    )


CHART = (
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart><c:title><c:tx><c:rich><a:p><a:r>'
    "<a:t>用电量</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache>"
    '<c:pt idx="0"><c:v>2026</c:v></c:pt></c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache><c:pt idx="0">'
    '<c:v>一月</c:v></c:pt><c:pt idx="1"><c:v>二月</c:v></c:pt></c:strCache></c:strRef></c:cat><c:val><c:numRef>'
    '<c:numCache><c:pt idx="0"><c:v>10</c:v></c:pt><c:pt idx="1"><c:v>12</c:v></c:pt></c:numCache></c:numRef></c:val>'
    "</c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"
)
DIAGRAM = (
    '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt modelId="0" type="doc"/>'
    '<dgm:pt modelId="1"><dgm:t><a:p><a:r><a:t>停电</a:t></a:r></a:p></dgm:t></dgm:pt>'
    '<dgm:pt modelId="2"><dgm:t><a:p><a:r><a:t>验电</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst><dgm:cxnLst>'
    '<dgm:cxn modelId="9" srcId="0" destId="2" srcOrd="1"/><dgm:cxn modelId="8" srcId="0" destId="1" srcOrd="0"/>'
    "</dgm:cxnLst></dgm:dataModel>"
)
