"""Packs for tests, made in memory: a good one to change, and the bytes of small real files."""

import copy
import io
import json
import struct
import zipfile

from PIL import Image

from courses.h5p.own.build import build_package

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><path d="M0 0 H40"/></svg>'
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先断电，再救人。\n".encode()
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
TEXT = "<h2>停电</h2><p>" + "停电以后先验电再挂接地线。" * 20 + "</p>"


def png(width=4, height=4):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return out.getvalue()


def mp4(milliseconds=2000):
    """The smallest file that says how long it is: ftyp, moov with mvhd, and an empty mdat."""
    ftyp = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
    body = struct.pack(">IIIII", 0, 0, 0, 1000, milliseconds) + bytes(80)
    mvhd = struct.pack(">I4s", 8 + len(body), b"mvhd") + body
    moov = struct.pack(">I4s", 8 + len(mvhd), b"moov") + mvhd
    return ftyp + moov + struct.pack(">I4s", 8, b"mdat")


def h5p(word="北京"):
    return build_package(
        "H5P.RtFillBlanks", {"items": [{"text": f"首都是*{word}*。"}]}, title="首都", language="zh-cn"
    )


def manifest(**changes):
    """A small complete manifest: every kind of block and of question (`with_number`, `with_pairs` and `with_order` have one more each)."""
    data = {
        "format": "rongtong-pack",
        "version": 1,
        "code": "test-course",
        "title": "停电检修",
        "language": "zh-Hans",
        "kind": "vocational",
        "year": 2026,
        "occupation": {"code": "6-31-01-03", "level": 5},
        "centihours": 5,
        "mode": "online",
        "summary": "停电、验电、挂接地线。",
        "outcomes": ["说出四步"],
        "licence": "CC-BY-4.0",
        "authors": ["测试学院"],
        "cover": "media/cover.png",
        "rule": {"min_coverage_percent": 90, "quizzes": "all_passed"},
        "question_bank": [
            {
                "id": "q1",
                "kind": "single",
                "stem": "停电以后第一步做什么？",
                "options": [{"id": "a", "text": "验电"}, {"id": "b", "text": "回家"}],
                "answer": ["a"],
                "explanation": "先验电。",
            },
            {
                "id": "q2",
                "kind": "multiple",
                "stem": "哪些是安全措施？",
                "options": [
                    {"id": "a", "text": "停电"},
                    {"id": "b", "text": "验电"},
                    {"id": "c", "text": "聊天"},
                ],
                "answer": ["a", "b"],
                "points": 2,
            },
            {"id": "q3", "kind": "true_false", "stem": "先接导体端。", "answer": ["false"]},
            {"id": "q4", "kind": "fill", "stem": "截面不小于___平方毫米。", "answer": [["25", "二十五"]]},
        ],
        "chapters": [
            {
                "title": "第一章",
                "lessons": [
                    {
                        "key": "one",
                        "title": "停电",
                        "blocks": [
                            {"type": "text", "html": TEXT},
                            {"type": "image", "file": "media/a.svg", "alt": "一条线", "caption": "图一"},
                            {
                                "type": "video",
                                "file": "media/v.mp4",
                                "poster": "media/cover.png",
                                "title": "短片",
                                "captions": [{"file": "media/v.vtt", "lang": "zh-Hans", "label": "中文"}],
                            },
                        ],
                    },
                    {
                        "key": "two",
                        "title": "验电",
                        "blocks": [
                            {
                                "type": "text",
                                "html": "<table><tbody><tr><td>有、无、有</td></tr></tbody></table>",
                            },
                            {"type": "h5p", "file": "h5p/x.h5p", "title": "填空", "minutes": 1},
                            {"type": "file", "file": "media/card.pdf", "name": "口袋卡"},
                        ],
                    },
                ],
            },
            {
                "title": "第二章",
                "lessons": [
                    {
                        "key": "quiz",
                        "title": "测验",
                        "blocks": [
                            {
                                "type": "quiz",
                                "title": "结课测验",
                                "pass_percent": 60,
                                "questions": ["q1", "q2", "q3", "q4"],
                            }
                        ],
                    }
                ],
            },
        ],
    }
    return copy.deepcopy(data) | changes


def with_number():
    """The same with a question that is answered with a number, which a cartridge has no words for."""
    data = manifest()
    accepted = [["220", "5"], ["-0.5", "0"]]
    data["question_bank"].append({"id": "q5", "kind": "numeric", "stem": "多少伏？", "answer": accepted})
    data["chapters"][1]["lessons"][0]["blocks"][0]["questions"].append("q5")
    return data


def with_order(data=None):
    """The same with three items to be put in order."""
    data = data or manifest()
    data["question_bank"].append(
        {
            "id": "q7",
            "kind": "ordering",
            "stem": "先后？",
            "options": [
                {"id": "a", "text": "接地"},
                {"id": "b", "text": "断电"},
                {"id": "c", "text": "验电"},
            ],
            "answer": ["b", "c", "a"],
            "points": 3,
        }
    )
    data["chapters"][0]["lessons"][0]["blocks"].append(
        {"type": "quiz", "title": "排序", "pass_percent": 60, "questions": ["q7"]}
    )
    return data


def with_pairs(data=None):
    """The same with a matching question: two prompts, of one of three options each."""
    data = data or manifest()
    data["question_bank"].append(
        {
            "id": "q6",
            "kind": "matching",
            "stem": "各有什么用？",
            "options": [
                {"id": "a", "text": "确认没有电压"},
                {"id": "b", "text": "短接并接地"},
                {"id": "c", "text": "灭火"},
            ],
            "answer": [
                {"id": "1", "text": "验电笔", "option": "a"},
                {"id": "2", "text": "接地线", "option": "b"},
            ],
            "explanation": "先验电，后接地。",
            "points": 4,
        }
    )
    data["chapters"][1]["lessons"][0]["blocks"][0]["questions"].append("q6")
    return data


def files():
    """The members that `manifest()` names."""
    return {
        "media/cover.png": png(),
        "media/a.svg": SVG,
        "media/v.mp4": mp4(),
        "media/v.vtt": VTT,
        "media/card.pdf": PDF,
        "h5p/x.h5p": h5p(),
    }


def pack(data=None, members=None, *, raw=None):
    """A pack as a file object. `raw` replaces the bytes of manifest.json."""
    out = io.BytesIO()
    content = raw if raw is not None else json.dumps(data or manifest(), ensure_ascii=False).encode()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("manifest.json", content)
        for name, body in (files() if members is None else members).items():
            made.writestr(name, body)
    out.seek(0)
    return out


def written(path, data=None, members=None):
    """The same as a file on disk."""
    path.write_bytes(pack(data, members).getvalue())
    return path
