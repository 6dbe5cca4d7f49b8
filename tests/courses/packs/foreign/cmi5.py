"""cmi5 packages for tests, made from words: structures with what a test changes, zipped or alone."""

import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
BASE = "https://yunhe.example.com/cmi5/"


def texts(title="单元", description="说明"):
    return (
        f'<title><langstring lang="zh-CN">{escape(title)}</langstring></title>'
        f'<description><langstring lang="zh-CN">{escape(description)}</langstring></description>'
    )


def au(name="1", *, url="index.html", after="", before="", texts_=None, **attributes):
    """An AU. before: elements between texts and url; after: behind it."""
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    inner = texts(f"单元{name}") if texts_ is None else texts_
    return f'<au id="{BASE}au/{name}"{said}>{inner}{before}<url>{escape(url)}</url>{after}</au>'


def block(name, *children, inner=None):
    words = texts(f"块{name}") if inner is None else inner
    return f'<block id="{BASE}block/{name}">{words}{"".join(children)}</block>'


def structure(*children, course=None, objectives="", namespace=NAMESPACE, after=""):
    about = (
        f'<course id="{BASE}course">{texts("安全用电", "学会安全用电")}</course>'
        if course is None
        else course
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><courseStructure xmlns="{namespace}">'
        f"{about}{objectives}{''.join(children)}{after}</courseStructure>"
    )


PAGE = b"<!doctype html><title>AU</title><p>AU</p>"


def zipped(xml, files=None, *, name="cmi5.xml", **options):
    """The zip as bytes. files: name → bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(name, xml)
        for member, content in (files or {"index.html": PAGE}).items():
            with pack.open(member, "w", **options) as into:
                into.write(content)
    return out.getvalue()
