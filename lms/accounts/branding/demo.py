"""How two of the demo's invented providers show themselves: drawn for the demo, like everything in it."""

from collections.abc import Mapping

from lms.accounts.branding.services import set_brand
from lms.accounts.organisations.models import Organisation
from lms.lib.actor import Actor

# A sun over a river, both in a colour that is seen on light and on dark grounds.
RIVER = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80" width="120" height="80">
<title>申江开放大学</title>
<g fill="none" stroke="#4f86c9" stroke-width="7" stroke-linecap="round">
<path d="M30 40a30 30 0 0 1 60 0"/>
<path d="M8 54c18-10 34-10 52 0s34 10 52 0"/>
<path d="M8 71c18-10 34-10 52 0s34 10 52 0"/>
</g>
<circle cx="60" cy="34" r="7" fill="#c9832f"/>
</svg>
"""
# Three steps and a flag.
STEPS = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 80" width="96" height="80">
<title>华新培训中心</title>
<path d="M6 74V56h26V40h26V24h26v50z" fill="#b4672f"/>
<path d="M71 24V4l18 7-18 7" fill="none" stroke="#4f9a52" stroke-width="5" stroke-linejoin="round"/>
</svg>
"""
BRANDS = {
    "shkd": {
        "introduction": "面向在职人员的开放大学：公需科目、网络安全和数字技能课程，边工作边学。",
        "website": "https://shkd.example.com/",
        "accent": "#1d4f91",
        "logo": RIVER,
    },
    "hxpx": {
        "name": "华新培训",
        "introduction": "专业科目与职业技能短训，课程由一线工程师编写。",
        "website": "https://hxpx.example.com/",
        "accent": "#9a4a12",
        "logo": STEPS,
    },
}


def load_demo_brands(by: Actor, organisations: Mapping[str, Organisation]) -> None:
    """Once: a visitor of the demo may change them."""
    for code, said in BRANDS.items():
        if organisations[code].brand_version == 0:
            set_brand(by, organisations[code], **said | {"logo": said["logo"].encode()})  # type: ignore[arg-type]
