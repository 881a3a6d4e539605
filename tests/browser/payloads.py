"""Patterns that make careless pages run what a stranger wrote, collected from the field.

`CANARY` stands for the call that must never happen. Each pattern names the place of a careless
page where it works; `test_xss.py` proves that it does before it trusts its silence elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

CANARY = "fired(0)"


class Payload(NamedTuple):
    """Text that a stranger sends, and the place where it does harm if nobody minds."""

    text: str
    place: str = "body"

    def numbered(self, number: int) -> str:
        """The text with a canary that tells which pattern sang."""
        return self.text.replace(CANARY, f"fired({number})").replace(
            "&#40;0&#41;", f"&#40;{number}&#41;"
        )


_BODY = (
    # scripts, spelled in many ways
    "<script>fired(0)</script>",
    "<ScRiPt>fired(0)</sCrIpT>",
    "<script >fired(0)</script >",
    "<script/x>fired(0)</script>",
    "<script\n>fired(0)</script>",
    '<script src="data:text/javascript,fired(0)"></script>',
    "<svg><script>fired(0)</script></svg>",
    "<svg><script>fired&#40;0&#41;</script></svg>",
    "<<script>fired(0)</script>",
    # handlers that need nobody's help
    "<img src=x onerror=fired(0)>",
    "<IMG SRC=x OnErRoR=fired(0)>",
    '<img/src="x"/onerror=fired(0)>',
    '<img src=x onerror="fired(0)">',
    "<img src=x onerror='fired(0)'>",
    "<img src=x onerror=fired&#40;0&#41;>",
    "<img src=x\tonerror\t=\tfired(0)>",
    "<img src=x:x onerror=fired(0)//",
    '<img src="data:image/png;base64,x" onerror=fired(0)>',
    "<image src=x onerror=fired(0)>",
    "<svg onload=fired(0)>",
    "<svg/onload=fired(0)>",
    "<svg><animate onbegin=fired(0) attributeName=x dur=1s>",
    "<svg><set onbegin=fired(0) attributename=x>",
    "<body onload=fired(0)>",
    "<iframe onload=fired(0)>",
    '<iframe src="javascript:parent.fired(0)">',
    '<iframe srcdoc="<script>parent.fired(0)</script>">',
    "<video src=x onerror=fired(0)></video>",
    "<video><source onerror=fired(0) src=x></video>",
    "<audio src=x onerror=fired(0)>",
    "<details open ontoggle=fired(0)>x</details>",
    "<input autofocus onfocus=fired(0)>",
    "<select autofocus onfocus=fired(0)>",
    "<textarea autofocus onfocus=fired(0)></textarea>",
    "<p tabindex=0 autofocus onfocus=fired(0)>x</p>",
    "<link rel=stylesheet href=x onerror=fired(0)>",
    "<script src=x onerror=fired(0)></script>",
    "<style>@keyframes x{}</style><b style=animation-name:x onanimationstart=fired(0)>x</b>",
    # parsers that see something else than one expects
    "<svg><style><img src=x onerror=fired(0)></style></svg>",
    "<math><style><img src=x onerror=fired(0)></style></math>",
    '<noscript><p title="</noscript><img src=x onerror=fired(0)>">',
    "<!--><img src=x onerror=fired(0)>-->",
    "<![CDATA[><img src=x onerror=fired(0)>]]>",
    "<?x ><img src=x onerror=fired(0)>",
    # links that wait for a click
    '<a href="javascript:fired(0)">x</a>',
    '<a href="JaVaScRiPt:fired(0)">x</a>',
    '<a href="java&#9;script:fired(0)">x</a>',
    '<a href="&#106;avascript:fired(0)">x</a>',
    '<a href=" javascript:fired(0)">x</a>',
    '<svg><a xlink:href="javascript:fired(0)"><text y=20>x</text></a></svg>',
    '<form action="javascript:fired(0)"><button>x</button></form>',
    '<form><button formaction="javascript:fired(0)">x</button></form>',
    "<b onclick=fired(0)>x</b>",
    # for pages with htmx
    '<b data-hx-on:click="fired(0)">x</b>',
)
_ELSEWHERE = (
    Payload('"><script>fired(0)</script>', "double"),
    Payload('" autofocus onfocus="fired(0)', "double"),
    Payload('"onfocus=fired(0) autofocus x="', "double"),
    Payload("'><script>fired(0)</script>", "single"),
    Payload("' autofocus onfocus='fired(0)", "single"),
    Payload("x onfocus=fired(0) autofocus", "bare"),
    Payload("</textarea><script>fired(0)</script>", "textarea"),
    Payload("</title><script>fired(0)</script>", "title"),
    Payload("</style><script>fired(0)</script>", "style"),
    Payload("</script><script>fired(0)</script>", "script"),
    Payload('";fired(0);//', "script"),
    Payload("--><script>fired(0)</script>", "comment"),
    Payload("javascript:fired(0)", "link"),
    Payload("java\tscript:fired(0)", "link"),
    Payload("[x](javascript:fired(0))", "markdown"),
    Payload("[x](JaVaScRiPt:fired(0))", "markdown"),
    Payload("[x](&#106;avascript:fired(0))", "markdown"),
    Payload("<javascript:fired(0)>", "markdown"),
    Payload("[x][y]\n\n[y]: javascript:fired(0)", "markdown"),
    Payload('[x](x "y" onmouseover=fired(0) )<img src=x onerror=fired(0)>', "markdown"),
)
PAYLOADS = (*(Payload(text) for text in _BODY), *_ELSEWHERE)
