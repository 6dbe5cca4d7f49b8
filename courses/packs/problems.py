"""What can be wrong with a pack, each with a clear sentence.

A problem is stored as a code with its values, so that a report made by one person is read by another in
their own language. Refuses to know anything of zip files or databases.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

# code -> sentence. Values in braces come from Problem.params.
SENTENCES: dict[str, str | Promise] = {
    # the file
    "not_zip": _("这不是 zip 压缩包。课程包是一个 zip 文件，里面有 manifest.json。"),
    "zip_cut": _("压缩包不完整：没有传完，或者已经损坏。请重新打包，再上传一次。"),
    "zip_damaged": _("压缩包已损坏，「{name}」读不出来。请重新打包再上传。"),
    "zip_encrypted": _("「{name}」加了密码。请去掉密码再打包。"),
    "zip_method": _("「{name}」的压缩方式不支持。请用普通的 zip（deflate）打包。"),
    "zip_list": _("压缩包的文件清单大得不正常，没有读。请重新打包再上传。"),
    "zip_entries": _("压缩包里有 {count} 个文件，最多 {limit} 个。"),
    "zip_total": _("解压后共 {size} MB，最多 {limit} MB。"),
    "zip_ratio": _("「{name}」解压后是压缩前的 {ratio} 倍，不像正常的课程文件。"),
    "zip_duplicate": _("压缩包里有两个「{name}」。"),
    "zip_case": _("压缩包里有两个只差大小写的文件名：「{name}」。"),
    "zip_overlap": _("压缩包里的文件互相重叠（「{name}」），不能接受。"),
    "tar_damaged": _("压缩包已损坏，读不出来。请重新打包再上传。"),
    "foreign_unknown": _("认不出「{name}」是哪一种课程包。可以导入的格式见说明。"),
    "details_missing": _("这种课程包不写课程代码、类别和学时，请先填写。"),
    "foreign_broken": _("「{name}」读不懂：{reason}"),
    "foreign_empty": _("「{name}」里没有可以导入的内容。"),
    "foreign_all_lost": _("「{name}」里没有一项能够导入，每一项的原因列在“不会导入”里。"),
    "foreign_old": _("「{name}」是 {what} 的格式，不支持。请用新版本另存再上传。"),
    "path_traversal": _("文件名「{name}」指向压缩包外面，不能接受。"),
    "path_absolute": _("文件名「{name}」是绝对路径，不能接受。"),
    "path_odd": _("文件名「{name}」含有不能用的字符或太长。"),
    "symlink": _("「{name}」是链接，不是文件。请把文件本身放进压缩包。"),
    "outside_folders": _(
        "「{name}」不在 media/、h5p/ 或 packages/ 里。课程包只放 manifest.json 和这三个文件夹。"
    ),
    "manifest_missing": _("压缩包根目录里没有 manifest.json。"),
    "manifest_nested": _("manifest.json 在文件夹「{name}」里。请把它放到压缩包的根目录。"),
    "manifest_size": _("manifest.json 有 {size} MB，最多 {limit} MB。"),
    "manifest_encoding": _("manifest.json 不是 UTF-8 编码。"),
    "manifest_json": _("manifest.json 不是正确的 JSON：第 {line} 行第 {column} 列。"),
    "manifest_deep": _("manifest.json 嵌套得太深。"),
    "manifest_object": _("manifest.json 的最外层要是一个对象。"),
    "json_duplicate": _("「{name}」写了两次。"),
    "json_number": _("这里的数不能用：{value}。"),
    "json_text": _("这段文字含有不能保存的字符。"),
    "json_line": _("这里只能写一行文字。"),
    # the schema
    "required": _("缺少「{name}」。"),
    "unknown": _("不认识的项目「{name}」。"),
    "type": _("这里要是{expected}。"),
    "enum": _("「{value}」不在可选值里：{expected}。"),
    "const": _("这里要写「{expected}」。"),
    "pattern": _("「{value}」的写法不对。"),
    "too_short": _("内容不能为空，至少 {limit} 个字。"),
    "too_long": _("内容太长，最多 {limit} 个字。"),
    "too_small": _("数太小，最小 {limit}。"),
    "too_big": _("数太大，最大 {limit}。"),
    "too_few": _("至少要有 {limit} 项。"),
    "too_many": _("最多 {limit} 项。"),
    "not_unique": _("有重复的项。"),
    "schema": _("这里不符合课程包格式。"),
    # what the parts say of each other
    "key_twice": _("节的标识「{value}」用了两次，每节要有自己的标识。"),
    "question_twice": _("题目标识「{value}」用了两次。"),
    "question_unknown": _("题库里没有题目「{value}」。"),
    "option_twice": _("选项标识「{value}」用了两次。"),
    "answer_unknown": _("答案「{value}」不在选项里。"),
    "answer_same_text": _("两个选项的文字一样：「{value}」。"),
    "translation_twice": _("语言「{value}」的译文有两份。"),
    "translation_broken": _("译文文件「{name}」读不了：{reason}"),
    "translation_fault": _("译文文件「{name}」第 {line} 行：{reason}"),
    "translation_language": _("平台没有课程的这种语言（{language}），这份译文没有导入。"),
    "translation_unknown": _("译文（{language}）有 {count} 条的原文课程里没有，没有导入：{value}"),
    "translation_spoils": _("译文（{language}）有题目要先改好才能发布：{reason}"),
    "order_short": _("正确的顺序里少了选项：{value}。"),
    "blanks": _("题干里有 {stem} 个空（___），答案给了 {answers} 个。"),
    "text_empty": _("清理之后这段文字是空的。"),
    "no_quiz": _("完成规则要求通过测验，但课程里没有测验。"),
    "caption_twice": _("同一种语言「{value}」的字幕有两份。"),
    "chapter_place": _("这一章节从 {value} 毫秒开始：超出了时长，或不在前一章节之后。"),
    # the files named
    "file_missing": _("压缩包里没有「{name}」。"),
    "file_empty": _("「{name}」是空文件。"),
    "file_size": _("「{name}」有 {size} MB，最多 {limit} MB。"),
    "file_type": _("「{name}」的内容是{found}，不是{expected}。"),
    "file_unknown": _("「{name}」的内容认不出来，应为{expected}。"),
    "file_extension": _("「{name}」的扩展名与内容不符，内容是{found}。"),
    "image_broken": _("图片「{name}」打不开。"),
    "image_pixels": _("图片「{name}」有 {width}×{height} 像素，太大。请缩小后再打包。"),
    "file_cut": _("「{name}」不完整：后面的内容没有传完或者已经损坏。请换成完整的文件。"),
    "video_duration": _("读不出视频「{name}」的时长。请换成标准的 MP4（H.264）。"),
    "caption_broken": _("字幕「{name}」不是正确的 WebVTT 文件。"),
    "svg_broken": _("SVG「{name}」不是正确的 XML。"),
    "svg_active": _("SVG「{name}」含有脚本或会运行的内容（{found}），不能接受。"),
    "svg_external": _("SVG「{name}」引用了外部内容（{found}），不能接受。"),
    "svg_size": _("SVG「{name}」没有写尺寸，请加上 viewBox。"),
    "package_nested": _("imsmanifest.xml 在文件夹「{name}」里。请把它放到压缩包的根目录。"),
    "package_version": _("课件写的版本「{value}」不支持：可以用 SCORM 1.2 和 SCORM 2004 第 2、3、4 版。"),
    "package_empty": _("课件清单里没有一个可以打开的内容。"),
    "package_twice": _("课件清单里的标识「{value}」用了两次。"),
    "package_unknown": _("这不是能识别的课件包（SCORM 1.2、SCORM 2004）。"),
    "package_invalid": _("课件包「{name}」不能用：{reason}"),
    "package_part": _("课件包「{name}」里没有「{value}」这一部分。"),
    "cmi5_root": _("「{found}」不是 cmi5 的课程结构；最外层要是 courseStructure，命名空间 {namespace}。"),
    "cmi5_missing": _("缺少 {name}。"),
    "cmi5_unexpected": _("这里不能有 {name}。"),
    "cmi5_order": _("{name} 的位置不对，要在它后面的各项之前。"),
    "cmi5_twice": _("{name} 只能写一次。"),
    "cmi5_value": _("{name} 是「{value}」，只能是 {expected}。"),
    "cmi5_iri": _("{name}「{value}」不是完整的 IRI。"),
    "cmi5_id_twice": _("标识「{value}」用了两次，课程里每项要有自己的标识。"),
    "cmi5_objective": _("没有标识为「{value}」的学习目标。"),
    "cmi5_deep": _("块嵌套超过 {limit} 层。"),
    "cmi5_url": _("地址「{value}」的写法不对。"),
    "cmi5_url_hostile": _("地址「{value}」会在打开它的页面里运行，不能接受。"),
    "cmi5_url_relative": _("单独的 cmi5.xml 里只能写完整的地址，「{value}」不是。"),
    "cmi5_url_names": _(
        "地址「{value}」里不能用启动参数的名字（endpoint、fetch、actor、registration、activityId）。"
    ),
    "h5p_invalid": _("H5P 包「{name}」不能用：{reason}"),
    # what the platform refuses beyond the format
    "hours_high": _("申报 {asked} 学时，内容的名义时长只有 {nominal} 学时。请减少学时或补充内容。"),
    "hours_none": _(
        "「{name}」里只有附件或很少的文字，够不上一个学时的百分之一：可以导入为草稿，补充文字、视频或练习以后才能发布。"
    ),
    "in_review": _("这门课程正在审核或等待定时发布，有了结果再导入新的内容。"),
    "code_taken": _("课程代码「{value}」已被其他单位使用，请换一个。"),
    "refused": _("没有导入：{reason}"),
    "page_invalid": _("「{name}」：{reason}"),
    # what a pack of another system holds that does not come in
    "lost_kind": _("平台还没有「{what}」这类内容。"),
    "lost_tool": _("外部工具（LTI）要先在本机构登记，再从课时页添加；原来的设置保存在原文件里。"),
    "lost_question": _("题型「{what}」平台还没有，原题保存在原文件里。"),
    "lost_question_broken": _("题目不完整：{reason}"),
    "lost_script": _("会运行的内容（{found}）不导入。"),
    "lost_outside": _("内容在别的网站上（{what}），没有一起打包。"),
    "lost_link": _("指向「{what}」的链接打不开，只留下文字。"),
    "lost_missing": _("包里没有「{name}」这个文件。"),
    "lost_file": _("文件不能用：{reason}"),
    "lost_empty": _("里面没有内容。"),
    "lost_people": _("人员、成绩和学习记录不导入。"),
    "lost_older": _("只导入最新的一版；{count} 个旧版本和写的人不导入。"),
    "lost_setting": _("设置「{what}」没有对应的位置。"),
    "lost_draw": _(
        "原来从「{what}」的 {count} 道题里随机抽 {drawn} 道；这里的测验不抽题，能导入的题都列入测验。"
    ),
    "lost_draw_many": _(
        "原来从「{what}」的 {count} 道题里随机抽 {drawn} 道；这里的测验不抽题，题太多，有 {left} 道没有列入。"
    ),
    "lost_draw_empty": _("要从「{what}」随机抽题，但包里没有可以抽的题。"),
    "lost_hidden": _("在原系统里是隐藏的。"),
    "lost_unused": _("没有被任何一页用到。"),
    "lost_dress": _("只管页面样子和运行的文件共 {count} 个（样式、脚本、字体），不导入。"),
    "lost_behind": _("有 {count} 张图片只用作页面背景，不导入，请看原文件。"),
    "lost_runs": _("这一页要运行脚本才有内容，不能变成课文。"),
    "lost_scripted": _("有 {count} 页带脚本：文字和图片导入，会运行的部分不导入。"),
    "epub_locked": _("「{name}」加了锁（DRM），读不出正文。请向出版者要没有加锁的版本。"),
    "lost_structure": _("另一种目录结构（{what}），只导入默认的一种。"),
    "lost_contents": _("只是目录，由课程自己的目录代替。"),
    # what documents hold that a page of text does not
    "office_macros": _("「{name}」带有宏。请另存为不带宏的文件（.docx、.pptx）再上传。"),
    "office_locked": _("「{name}」加了密码。请去掉密码再上传。"),
    "office_other": _(
        "「{name}」是{what}文件，这里读不了。请在 Word、PowerPoint 或 WPS 里另存为 {better} 再上传。"
    ),
    "lost_revisions": _("有 {count} 处修订：按已接受的样子导入，删去的文字不导入。"),
    "lost_hidden_text": _("有 {count} 处隐藏文字不导入。"),
    "lost_formula": _("有 {count} 个公式写成了一行文字，原来的排法请看原文件。"),
    "lost_formula_object": _("有 {count} 个公式是旧的公式对象，只导入它的图片；图片不能用的，请看原文件。"),
    "lost_drawing": _("有 {count} 个图形（线条、箭头、没有文字的形状）不导入，请看原文件。"),
    "lost_chart": _("有 {count} 个图表：导入其中的数据，成为表格；没有数据的请看原文件。"),
    "lost_diagram": _("有 {count} 个 SmartArt 图示：其中的文字成为列表，图形请看原文件。"),
    "lost_object": _("有 {count} 个嵌入的对象（其他程序的文件）不导入，请看原文件。"),
    "lost_control": _("有 {count} 个控件不导入。"),
    "lost_comments": _("有 {count} 条批注不导入。"),
    "lost_header": _("有 {count} 处页眉、页脚或水印不导入。"),
    "lost_original": _("原文件打开时会从别处取内容（{what}），因此不附给学员。"),
    "lost_animation": _("有 {count} 张幻灯片带动画或切换效果，不导入。"),
    "lost_background": _("有 {count} 张幻灯片的背景图片不导入。"),
    "lost_repeated": _("每页都有的图片只导入一次。"),
    "lost_scan": _("有 {count} 页没有可以取出的文字（扫描件）：只导入这些页的图片，请看原文件。"),
    "lost_unreadable": _("有 {count} 页的文字取不出来，请看原文件。"),
    "lost_pages": _("第 {first} 页以后没有读：文件太大或太复杂，请看原文件。"),
    "lost_repeating": _("每页重复的页眉、页脚和页码共 {count} 行不导入。"),
    "lost_annotation": _("有 {count} 处注释或标记不导入，请看原文件。"),
    "lost_form": _("有 {count} 个可填写的栏目不导入，请看原文件。"),
    "lost_attachment": _("文件里的附件「{name}」不导入，请看原文件。"),
    "lost_backdrop": _("有 {count} 页的整页图片已有文字层，只导入文字。"),
    "lost_small": _("有 {count} 张图片太小、太大或取不出来，不导入。"),
    # what a course has that another format cannot say
    "out_tool": _("外部工具「{name}」在原来的机构登记，别处打不开：包里只写一句说明。"),
    "out_gone": _("{what}「{name}」已经删除或文件不见了，没有放进包里。"),
    "out_others": _("{what}「{name}」属于别的机构或别的课程，没有放进包里。"),
    "out_empty_lesson": _("这一课时还没有内容，没有放进包里。"),
    "out_empty_chapter": _("这一章没有课时，没有放进包里。"),
    "out_setting": _("Common Cartridge 里没有「{what}」的位置，导出时略去。"),
    "out_otherwise": _("Common Cartridge 里没有「{what}」，导出时写成{how}。"),
    # warnings
    "hidden_all": _("原系统里全部内容都是隐藏的（还没有发布），照样列入。"),
    "junk": _("忽略了系统文件「{name}」。"),
    "unused": _("「{name}」没有被任何一节用到，不会导入。"),
    "h5p_elsewhere": _(
        "练习「{name}」要播放的内容在别的网站上（{value}），平台不让练习连到那里，学员看不到这一段：请在原来的软件里换成包里的文件。"
    ),
    "encoding_guessed": _(
        "字幕「{name}」没有写明编码，按 {what} 读。请看一遍预览；如果是乱码，请另存为 UTF-8 再上传。"
    ),
    "html_cleaned": _("去掉了不允许的 HTML：{found}。"),
    "question_unused": _("题库里有 {count} 道题没有用在任何测验里：{value}。"),
}

# Words that stand inside the sentences above.
TYPE_NAMES: dict[str, str | Promise] = {
    "object": _("一个对象"),
    "array": _("一个列表"),
    "string": _("一段文字"),
    "integer": _("一个整数"),
    "boolean": _("true 或 false"),
    "image": _("图片"),
    "png": _("PNG 图片"),
    "jpeg": _("JPEG 图片"),
    "gif": _("GIF 图片"),
    "webp": _("WebP 图片"),
    "avif": _("AVIF 图片"),
    "svg": _("SVG 图片"),
    "video": _("视频（MP4 或 WebM）"),
    "audio": _("音频（MP3）"),
    "mp4": _("MP4 视频"),
    "webm": _("WebM 视频"),
    "vtt": _("WebVTT 字幕"),
    "pdf": _("PDF 文件"),
    "ooxml": _("Office 文件"),
    "odf": _("OpenDocument 文件"),
    "zip": _("zip 压缩包"),
    "h5p": _("H5P 包"),
    "package": _("课件包（SCORM、cmi5）"),
    "mp3": _("MP3 音频"),
    "text": _("文本"),
    "html": _("网页"),
    "executable": _("程序"),
    "download": _("可下载的文件（PDF、Office、文本、图片、MP3 或 zip）"),
}


# Sentences whose {what} is a word of ours, and not one of the pack's.
_OUR_WORDS = frozenset({"lost_kind", "lost_question", "lost_setting"})
_WITH_OWN = re.compile(r"(.+?)（(.+)）", re.S)
# What stands in brackets behind a word of ours, as sentences in the catalogue call it.
_BRACKETS = ("（%(name)s）", "（%(kind)s）")


@dataclass(frozen=True)
class Problem:
    """One defect. `pointer` is a JSON pointer into the manifest (RFC 6901), or "" for the file as a whole. A value of `params`
    may be a Problem, which then says its sentence there."""

    code: str
    pointer: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        params = {k: self._word(k, v) for k, v in self.params.items()}
        return str(SENTENCES[self.code]).format(**params)

    def _word(self, key: str, value: Any) -> str:
        """A value in the active language. Words of ours were written down in the language of whoever made the report, mostly
        that of the source, which the catalogue knows."""
        if isinstance(value, Problem):
            return value.message
        if isinstance(value, dict) and value.get("code") in SENTENCES:
            return Problem.from_json(value).message
        if not isinstance(value, str) or not value:
            return str(value)
        if key in ("found", "expected") and value in TYPE_NAMES:
            return str(TYPE_NAMES[value])
        if key == "reason":
            return gettext(value)
        return in_words(value) if key == "what" and self.code in _OUR_WORDS else value

    def as_json(self) -> dict[str, Any]:
        """For a stored report; `Problem.from_json` reads it back."""
        params = {k: v.as_json() if isinstance(v, Problem) else v for k, v in self.params.items()}
        return {"code": self.code, "pointer": self.pointer, "params": params}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Problem:
        return cls(str(data["code"]), str(data.get("pointer", "")), dict(data.get("params", {})))

    def __str__(self) -> str:
        return f"{self.pointer}: {self.message}" if self.pointer else self.message


def in_words(value: str) -> str:
    """One word of ours or several (`a、b`), each perhaps with a foreign one in brackets (`作业（assign）`), in the active
    language. What the catalogue does not know stays as it is."""
    return pgettext("并列的词之间", "、").join(_in_word(part) for part in value.split("、") if part)


def _in_word(word: str) -> str:
    found = _WITH_OWN.fullmatch(word)
    if (whole := gettext(word)) != word or found is None:
        return whole
    name, own = found.groups()
    for bracket in _BRACKETS:
        if (sentence := gettext(name + bracket)) != name + bracket:
            return sentence % {bracket[3:7]: own}
    return pgettext("词和原文", "%(word)s（%(own)s）") % {"word": gettext(name), "own": own}


def short(value: Any, limit: int = 60) -> str:
    """A value as it may stand in a sentence: one line, cut, nothing unprintable."""
    text = str(value)[: limit * 2]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def json_fault(error: ValueError | RecursionError | None = None) -> str:
    """Why JSON of others cannot be read, as a part of a sentence; without an error: it is no object."""
    match error:
        case None:
            return gettext("里面不是一个 JSON 对象")
        case json.JSONDecodeError():
            return gettext("不是正确的 JSON（第 %(line)s 行）") % {"line": error.lineno}
        case UnicodeDecodeError():
            return gettext("不是 UTF-8 编码的文字")
        case RecursionError():
            return gettext("JSON 嵌套得太深")
    return gettext("不是正确的 JSON")
