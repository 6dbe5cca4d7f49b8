"""What holds for every template: Chinese msgids, no English left over, nothing the policy refuses."""

import re
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template

from themes.icons import ICONS

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "themes" / "templates"
ALL = sorted(
    str(path.relative_to(TEMPLATES))
    for path in TEMPLATES.rglob("*")
    if path.suffix in (".html", ".txt", ".svg")
)
HTML = [name for name in ALL if name.endswith(".html")]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MSGID = re.compile(r"""\{%\s*(?:translate|trans)\s+(?:"([^"]*)"|'([^']*)')""")
UNDERSCORE = re.compile(r"""_\((?:"([^"]*)"|'([^']*)')\)""")
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b[^%]*%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.S)
# Words that are the same in Chinese text.
SAME = {
    "H5P",
    "PDF",
    "QR",
    "Enter",
    "API",
    "CSV",
    "MP4",
    "Excel",
    "Word",
    "GB",
    "README",
    "themes",
    "App",
    "JSON",
    "ZIP",
    # Names of protocols and of their parameters.
    "xAPI",
    "client",
    "deployment",
}
# The style guide is for those who write pages.
FOR_DEVELOPERS = {"rt/styleguide.html"}
# Pages for foreign content, served sandboxed with a policy of their own.
SANDBOXED = {"h5p/player.html", "h5p/frame.html"}


def source(name):
    return (TEMPLATES / name).read_text(encoding="utf-8")


def test_every_template_compiles():
    for name in ALL:
        get_template(name)


def test_msgids_are_chinese():
    foreign = []
    for name in ALL:
        text = source(name)
        found = ["".join(pair) for pattern in (MSGID, UNDERSCORE) for pair in pattern.findall(text)]
        found += [re.sub(r"\{[{%].*?[}%]\}", "", body) for body in BLOCK.findall(text)]
        foreign += [
            f"{name}: {msgid}"
            for msgid in found
            if re.search(r"[A-Za-z]{2,}", msgid) and not CHINESE.search(msgid)
        ]
    assert not foreign, "\n".join(foreign)


def bare_text(text):
    """What is left of a template without comments, tags and translations."""
    text = re.sub(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}|<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"\{%\s*block body_class\s*%\}.*?\{%\s*endblock", "{% endblock", text, flags=re.S)
    text = BLOCK.sub("", text)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.S)
    text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.S)
    return re.sub(r"<[^>]*>", " ", text, flags=re.S)


def test_no_bare_text_outside_translation():
    """Text that stands in a page without a translation tag is neither translatable nor Chinese by design."""
    left = []
    for name in HTML:
        if name in FOR_DEVELOPERS:
            continue
        text = bare_text(source(name))
        words = [word for word in re.findall(r"[A-Za-z]{3,}", text) if word not in SAME]
        words += re.findall(r"[\u4e00-\u9fff]+", text)
        left += [f"{name}: {word}" for word in words]
    assert not left, "\n".join(left)


def test_nothing_inline_that_the_content_policy_refuses():
    refused = []
    for name in HTML:
        if name in SANDBOXED:
            continue
        text = source(name)
        for pattern in (r"<[^>]+\son[a-z]+\s*=", r"<[^>]+\sstyle\s*=", r"<style\b", r"javascript:"):
            refused += [f"{name}: {found}" for found in re.findall(pattern, text)]
        for attributes in re.findall(r"<script\b([^>]*)>", text):
            if "src=" not in attributes and "application/json" not in attributes:
                refused.append(f"{name}: <script{attributes}>")
    assert not refused, "\n".join(refused)


def test_icons_that_are_named_exist():
    unknown = [
        f"{name}: {icon}"
        for name in HTML
        for icon in re.findall(r'\{%\s*icon\s+"([^"]+)"', source(name))
        if icon not in ICONS
    ]
    assert not unknown, "\n".join(unknown)


def test_readme_lists_every_icon_and_component():
    text = (ROOT / "themes" / "README.md").read_text(encoding="utf-8")
    listed = set(re.search(r"Icons: `([^`]+)`", text).group(1).split())
    assert listed == set(ICONS)


def test_a_tag_in_a_template_says_what_is_wrong():
    with pytest.raises(Exception, match="capture takes the name"):
        engines["django"].from_string("{% load rt %}{% capture %}x{% endcapture %}")
