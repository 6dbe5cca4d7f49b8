"""What a defect of an H5P package is called towards people: one sentence an error, in their language.

Owns the sentences; the errors themselves are the client's, which knows no language.
"""

from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _n

from courses.h5p.client import H5PError

SENTENCES = {
    "not-an-archive": _n("这不是可以打开的 H5P 包（zip 文件）。"),
    "archive-too-large": _n("H5P 包太大，或者解开后太大。"),
    "file-too-large": _n("包里的「{where}」太大。"),
    "too-many-files": _n("H5P 包里的文件太多。"),
    "suspicious-compression": _n("H5P 包的压缩方式可疑，为安全起见不予解开。"),
    "encrypted-file": _n("包里的「{where}」有密码保护，请去掉密码再上传。"),
    "unsupported-compression": _n("包里的「{where}」使用了不支持的压缩方法，请用普通 zip 重新打包。"),
    "unsafe-path": _n("包里的文件名「{where}」不安全。"),
    "special-file": _n("包里的「{where}」是链接或特殊文件，不能接收。"),
    "duplicate-path": _n("包里有两个同名文件「{where}」。"),
    "corrupt-file": _n("包里的「{where}」已损坏，请重新导出后上传。"),
    "file-type-not-allowed": _n("包里的「{where}」是不允许的文件类型。"),
    "file-type-mismatch": _n("包里的「{where}」与它的扩展名不符。"),
    "malware-found": _n("包里的「{where}」没有通过安全检查。"),
    "missing-package-file": _n("H5P 包里没有 h5p.json。"),
    "invalid-package-json": _n("h5p.json 不是有效的 JSON。"),
    "invalid-package-field": _n("h5p.json 缺少必要内容或写法不对：{message}"),
    "missing-content": _n("H5P 包里没有 content/content.json。"),
    "invalid-content-json": _n("content.json 不是有效的 JSON。"),
    "missing-content-file": _n("内容里用到的「{where}」不在包里。"),
    "malformed-library-folder": _n("文件夹「{where}」的名称不是 H5P 库的名称。"),
    "missing-library-json": _n("文件夹「{where}」里没有 library.json。"),
    "invalid-library-json": _n("「{where}」不是有效的 JSON。"),
    "invalid-library-field": _n("「{where}」缺少必要内容或写法不对：{message}"),
    "library-folder-mismatch": _n("文件夹「{where}」的名称与里面的库不一致。"),
    "duplicate-library": _n("包里有两份相同的库「{where}」。"),
    "invalid-semantics": _n("「{where}」不是有效的字段说明。"),
    "invalid-language-file": _n("语言文件「{where}」的名称或内容不对。"),
    "missing-library-file": _n("库里登记的文件「{where}」不在包里。"),
    "core-too-old": _n("库「{where}」需要更新版本的 H5P 播放器。"),
    "missing-dependency": _n("缺少库 {library}（「{where}」需要它）。"),
    "wrong-dependency-version": _n("库 {library} 的版本不对（「{where}」需要它）。"),
    "dependency-cycle": _n("库「{where}」与别的库互相依赖，无法加载。"),
    "main-library-not-runnable": _n("「{where}」不能单独播放。"),
    "unknown-content": _n("没有这个 H5P 内容。"),
    "invalid-parameters": _n("内容与题型不符：{message}"),
}


def sentence(error: H5PError) -> str:
    """One sentence for one defect."""
    text = gettext(SENTENCES[error.code])
    return text.format(where=error.where, message=error.message, library=error.params.get("library", ""))


def sentences(problems: Iterable[H5PError]) -> list[str]:
    """A sentence for each defect, none twice."""
    return list(dict.fromkeys(sentence(error) for error in problems))
