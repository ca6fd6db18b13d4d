"""Pages that follow the watcher: the script that loads them again, and the leave their policy must give it.

Only what is sent to the browser has it. A page on the disk keeps its policy: no request whatever.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from importlib.resources import files

from lsinfra.text import LANGS, say
from lsinfra.watch.live import Live, Shown

_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)')


def following(page: str, made: str) -> str:
    """A page of ours with the script; ``made`` names the pages it is one of, and may hold no quotation mark."""
    script = _static("live.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    found = _POLICY.search(page)
    if found is None:
        raise ValueError("a page of ours has a policy")
    policy = {name: sources for name, _, sources in (one.strip().partition(" ") for one in found[2].split(";"))}
    scripts = policy["script-src"].replace("'none'", "")
    policy |= {"script-src": f"{scripts} 'sha256-{digest}'".strip(), "connect-src": "'self'"}
    text = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    lang = next(one for one in LANGS if f'<html lang="{one}"' in page)
    marks = "".join(f' data-{name}="{escape(say(lang, f"watch.page.{name}"))}"' for name in ("preview", "mark"))
    start = f'<script data-made="{made}"{marks}>'
    return f"{page[: found.start(2)]}{text}{page[found.end(2) :]}{start}{script}</script>\n"


def waiting(live: Live, shown: Shown, key: str) -> str:
    """A page with one sentence, for as long as there is no other; it too is loaded again."""
    page = _static("waiting.html")
    for mark, text in (
        ("@lang@", live.lang),
        ("@sentence@", say(live.lang, key)),
        ("@start@", say(live.lang, "watch.start")),
    ):
        page = page.replace(mark, escape(text))
    return following(page, shown.made)


@cache
def _static(name: str) -> str:
    return files("lsinfra.watch").joinpath("static", name).read_text(encoding="utf-8").replace("\r\n", "\n").strip()
