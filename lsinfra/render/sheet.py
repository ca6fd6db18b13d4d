"""The sheet a map is drawn on: one HTML file that holds everything it needs and asks nobody for anything.

Folium's templates see only our own words. What somebody wrote in the records goes beside them, as JSON in one
``<script type="application/json">``, and is turned into text by our own script: branca renders the output of a
``MacroElement`` a second time, so that a road named ``{{…popen(…)}}`` would run a command while the page is built.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Any

from branca.element import Element, Figure
from folium.template import Template
from rjsmin import jsmin  # type: ignore[import-untyped]
from xstatic.pkg import leaflet

from lsinfra.text import Lang, say

DATA_ID = "lsinfra-data"
PLAIN_LIMIT = 30_000
"""Data longer than this (characters) is gzipped; shorter stays readable in the page's source."""
TABLES = ("rows", "money", "sections")
"""The long tables of the data, beside those of the page around the map."""
LONG = 700_000
"""Data longer than this (characters) is gzipped as tightly as can be."""

_STATIC = files("lsinfra.render").joinpath("static")
_TEMPLATES = files("lsinfra.render").joinpath("templates")
_WORDS = ("heading", "no_script", "map_label", "map_words", "broken", "skip", "skip_map", "summary")
"""What the templates say."""
_CSP_MARK = "@content-security-policy@"
# `<` would end the script element, and the two separators are line ends to older readers of JavaScript.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Verbatim(Element):
    """A piece of HTML that is put in as it is, past every template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: Any) -> str:
        return self.text


class Sheet(Figure):
    """The HTML document around a map: language, security policy, styles, ``<main>``, the sentence without scripts.

    Parameters
    ----------
    lang
        Of the document.
    template
        File under ``templates/`` that lays the page out.
    images
        Origins from which a tile background may be loaded; none by default.
    with_map
        Whether Leaflet is on it.
    words
        What the template says in other words than those of the pages of progress, by their names there.
    """

    def __init__(
        self,
        lang: Lang,
        template: str,
        images: tuple[str, ...] = (),
        *,
        with_map: bool = True,
        words: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.lang, self.images = lang, images
        # Ours is the first line of the head; Figure's own has no place in the template's order.
        self.header._children.clear()
        self.words = {name: say(lang, f"page.{name}") for name in _WORDS} | dict(words or {})
        self.heading = escape(self.words["heading"])
        self._template = read_template(template)
        # folium.Map and its layers find the place for their own parts by these three.
        styles = [leaflet_css(images=template == "map.html"), static("layer.css")] if with_map else []
        text = "\n".join((static("colours.css"), *styles, static("page.css"), static("print.css")))
        self.header.add_child(Verbatim(f"<style>{text}</style>"), name="styles")
        if with_map:
            self.header.add_child(Verbatim(f"<script>{leaflet_js()}</script>"), name="leaflet")

    def render(self, **kwargs: Any) -> str:
        """The whole document; the security policy names the hash of every script and style that is in it."""
        document: str = super().render(**kwargs)
        policy = {
            "default-src": "'none'",
            "script-src": _hashes(document, "script"),
            "style-src": _hashes(document, "style"),
            "img-src": " ".join(("data:", *self.images)),
            "base-uri": "'none'",
            "form-action": "'none'",
        }
        text = "; ".join(f"{name} {value}" for name, value in policy.items())
        return document.replace(_CSP_MARK, text, 1)


def data_script(data: Mapping[str, Any]) -> str:
    """Data as a ``<script type="application/json">`` that no text inside can leave.

    Its long tables go by columns. Gzipped (without a time, so that the same data gives the same bytes) and in base64
    when long.
    """
    plain = json.dumps(_columnar(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Half a surrogate pair can stand in a JSON text and in no UTF-8 file.
    plain = plain.encode("utf-8", "replace").decode("utf-8")
    for character, escaped in _UNSAFE.items():
        plain = plain.replace(character, escaped)
    if len(plain) <= PLAIN_LIMIT:
        return f'<script type="application/json" id="{DATA_ID}">{plain}</script>'
    # Level 9 takes five times as long for seven per cent fewer bytes, which only a page of many weeks needs.
    level = 9 if len(plain) > LONG else 5
    packed = base64.b64encode(gzip.compress(plain.encode(), compresslevel=level, mtime=0)).decode()
    return f'<script type="application/json" id="{DATA_ID}" data-packed="gzip">{packed}</script>'


def _columnar(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with its rows as columns, which the page's script makes rows again (``unfolded`` in dom.js)."""
    told = dict(data) | {name: columns(data[name]) for name in TABLES if name in data}
    if page := told.get("page"):
        tables = [table | {"rows": columns(table["rows"])} for table in page["tables"]]
        told["page"] = page | {"tables": tables} | ({"sparks": columns(page["sparks"])} if "sparks" in page else {})
    return told


def columns(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """The number of some rows of one length, then each of their columns; what is the same in all rows stands once.

    Values of one kind beside each other take a fifth fewer bytes, packed, than rows do.
    """
    turned = (list(column) for column in zip(*rows, strict=True))
    return [len(rows), *(column[:1] if column.count(column[0]) == len(column) else column for column in turned)]


@cache
def read_template(name: str) -> Template:
    """A body of ours in the frame of every sheet; only our own words are ever put in."""
    frame, body = (_text(_TEMPLATES.joinpath(file)) for file in ("sheet.html", name))
    template: Template = Template(frame.replace("@csp@", _CSP_MARK).replace("@body@", body.rstrip()))
    return template


@cache
def static(name: str) -> str:
    """A script or style sheet of ours, as a page holds it: without comments and idle spaces."""
    text = _text(_STATIC.joinpath(name))
    return lean(text) if name.endswith(".css") else _lean_script(text)


def _lean_script(text: str) -> str:
    """A script without comments and idle spaces; none of its texts between backticks may go over the end of a line."""
    text = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for one in text.split("\n") if (line := one.strip()) and not line.startswith("//")]
    # rjsmin takes spaces out of a text within a text between backticks: lines with such texts are left as they are.
    told = (("\n".join(part), has) for has, part in groupby(lines, key=lambda line: "`" in line))
    return "\n".join(part if has else jsmin(part).strip() for part, has in told)


def lean(css: str) -> str:
    """A style sheet without comments and idle spaces; what stands in quotation marks is left as it is."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).strip()
    parts = r'("[^"]*")|\s*([{};,])\s*|(?<=:)\s+|(\s+)'
    return re.sub(parts, lambda found: found[1] or found[2] or (" " if found[3] else ""), css)


@cache
def leaflet_js() -> str:
    """Leaflet's script from the installed package, without the address of its source map."""
    return _leaflet("leaflet.js").replace("//# sourceMappingURL=leaflet.js.map", "").rstrip()


@cache
def leaflet_css(*, images: bool = True) -> str:
    """Leaflet's style sheet with its images inside; what only Internet Explorer 8 read is left away.

    ``images``: those of markers and of the switch between layers, which a map to add to may have and our pages never.
    """
    css = re.sub(r"behavior:url\(#default#VML\);", "", lean(_leaflet("leaflet.css")))
    if not images:
        css = re.sub(r"background-image:url\(images/[\w.-]+\);", "", css)
    return re.sub(r"url\((images/[\w.-]+)\)", lambda match: f"url({_image(match[1])})", css)


def _leaflet(name: str) -> str:
    return _text(files(leaflet).joinpath("data", name))


def _image(name: str) -> str:
    data = base64.b64encode(files(leaflet).joinpath("data", name).read_bytes()).decode()
    return f"data:image/png;base64,{data}"


def _text(resource: Any) -> str:
    # A browser hashes a script after it has made every line end a line feed.
    text: str = resource.read_text(encoding="utf-8")
    return text.replace("\r\n", "\n").strip()


def _hashes(document: str, tag: str) -> str:
    """The CSP sources for the elements of this kind; scripts that hold data do not run and need none."""
    texts = re.findall(rf"<{tag}>(.*?)</{tag}>", document, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(dict.fromkeys(f"'sha256-{digest}'" for digest in digests)) or "'none'"
