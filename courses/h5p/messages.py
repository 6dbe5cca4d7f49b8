"""What a defect of an H5P package is called towards people: one sentence an error, in their language.

Owns the sentences; the errors themselves are the client's, which knows no language.
"""

from collections.abc import Iterable

from django.utils.translation import gettext, gettext_noop

from courses.h5p.client import H5PError

SENTENCES = {
    "not-an-archive": gettext_noop("这不是可以打开的 H5P 包（zip 文件）。"),
    "archive-too-large": gettext_noop("H5P 包太大，或者解开后太大。"),
    "file-too-large": gettext_noop("包里的「{where}」太大。"),
    "too-many-files": gettext_noop("H5P 包里的文件太多。"),
    "suspicious-compression": gettext_noop("H5P 包的压缩方式可疑，为安全起见不予解开。"),
    "encrypted-file": gettext_noop("包里的「{where}」有密码保护，请去掉密码再上传。"),
    "unsupported-compression": gettext_noop(
        "包里的「{where}」使用了不支持的压缩方法，请用普通 zip 重新打包。"
    ),
    "unsafe-path": gettext_noop("包里的文件名「{where}」不安全。"),
    "special-file": gettext_noop("包里的「{where}」是链接或特殊文件，不能接收。"),
    "duplicate-path": gettext_noop("包里有两个同名文件「{where}」。"),
    "corrupt-file": gettext_noop("包里的「{where}」已损坏，请重新导出后上传。"),
    "file-type-not-allowed": gettext_noop("包里的「{where}」是不允许的文件类型。"),
    "file-type-mismatch": gettext_noop("包里的「{where}」与它的扩展名不符。"),
    "malware-found": gettext_noop("包里的「{where}」没有通过安全检查。"),
    "missing-package-file": gettext_noop("H5P 包里没有 h5p.json。"),
    "invalid-package-json": gettext_noop("h5p.json 不是有效的 JSON。"),
    "invalid-package-field": gettext_noop("h5p.json 缺少必要内容或写法不对：{message}"),
    "missing-content": gettext_noop("H5P 包里没有 content/content.json。"),
    "invalid-content-json": gettext_noop("content.json 不是有效的 JSON。"),
    "missing-content-file": gettext_noop("内容里用到的「{where}」不在包里。"),
    "malformed-library-folder": gettext_noop("文件夹「{where}」的名称不是 H5P 库的名称。"),
    "missing-library-json": gettext_noop("文件夹「{where}」里没有 library.json。"),
    "invalid-library-json": gettext_noop("「{where}」不是有效的 JSON。"),
    "invalid-library-field": gettext_noop("「{where}」缺少必要内容或写法不对：{message}"),
    "library-folder-mismatch": gettext_noop("文件夹「{where}」的名称与里面的库不一致。"),
    "duplicate-library": gettext_noop("包里有两份相同的库「{where}」。"),
    "invalid-semantics": gettext_noop("「{where}」不是有效的字段说明。"),
    "invalid-language-file": gettext_noop("语言文件「{where}」的名称或内容不对。"),
    "missing-library-file": gettext_noop("库里登记的文件「{where}」不在包里。"),
    "core-too-old": gettext_noop("库「{where}」需要更新版本的 H5P 播放器。"),
    "missing-dependency": gettext_noop("缺少库 {library}（「{where}」需要它）。"),
    "wrong-dependency-version": gettext_noop("库 {library} 的版本不对（「{where}」需要它）。"),
    "dependency-cycle": gettext_noop("库「{where}」与别的库互相依赖，无法加载。"),
    "main-library-not-runnable": gettext_noop("「{where}」不能单独播放。"),
    "unknown-content": gettext_noop("没有这个 H5P 内容。"),
    "invalid-parameters": gettext_noop("内容与题型不符：{message}"),
}


def sentence(error: H5PError) -> str:
    """One sentence for one defect."""
    text = gettext(SENTENCES[error.code])
    return text.format(where=error.where, message=error.message, library=error.params.get("library", ""))


def sentences(problems: Iterable[H5PError]) -> list[str]:
    """A sentence for each defect, none twice."""
    return list(dict.fromkeys(sentence(error) for error in problems))
