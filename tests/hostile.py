"""Records and GeoJSON whose every text is hostile: each of these texts in every field that holds a text.

``texts`` are shown as typed and never run, ``CONTROLS`` are refused, ``FILE_NAMES`` are printable in every sentence.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MARKER = "@marker@"
"""Stands for a file that must never come to be; ``texts`` puts a real path in its place."""

_TEXTS = {
    "jinja-popen": "{{cycler.__init__.__globals__.os.popen('touch " + MARKER + "').read()}}",
    "jinja-loop": "{% for x in range(9) %}X{% endfor %}",
    "jinja-comment": "{# a comment that never ends",
    "jinja-lone": "{{ 7*7 }} }} %} {%",
    "script-end": "</script><script>window.__hacked=1;alert(1)</script>",
    "img-onerror": '<img src=x onerror="window.__hacked=1;alert(1)">',
    "svg-onload": "<svg/onload=window.__hacked=1>'\"><b onmouseover=alert(1)>",
    "template-literal": "${window.__hacked=1}",
    "backtick": "`;window.__hacked=1;//`",
    "cdata": "]]><script>window.__hacked=1</script><![CDATA[",
    "comment-script": "<!--<script>window.__hacked=1//",
    "comment-end": "--><script>window.__hacked=1</script>",
    "separators": "a\u2028window.__hacked=1\u2029b",
    "rtl": "đường \u202e4B\u2066 ngược",
    "javascript-link": "javascript:window.__hacked=1//",
    "format": "%s %(x)s {0} {name} {0.__class__} \\u003c \\x3c &lt;b&gt; &amp;",
    "quotes": "' \" '; \" ); }); //",
    "very-long": "Kilômét " * 1250,
    "one-word": "x" * 10_000,
    "style-end": "</style><style>*{display:none}</style>",
}

CONTROLS = {
    "window-title": "\x1b]0;pwn\x07",
    "clear-screen": "a\x1b[2J\x1b[H",
    "one-character-csi": "a\x9b31m",
    "carriage-return": "fine\rpwned",
    "backspace": "pwn\x08\x08\x08ok",
    "next-line": "a\x85b",
    "null": "a\x00b",
    "delete": "a\x7fb",
}

FILE_NAMES = (
    "\x1b]0;pwn\x07",
    "a\nprojects.yaml:1:1: pwned",
    "a\rb\x9b2J",
    "\u202egnp.exe\u2066",
    "{{7*7}} {found} %s",
    "<img src=x onerror=alert(1)>",
    "x" * 140,
)


def texts(marker: Path) -> dict[str, str]:
    """The hostile texts by name; a build that runs one of them makes the file ``marker``."""
    return {name: text.replace(MARKER, str(marker)) for name, text in _TEXTS.items()}


def write_root(root: Path, text: str) -> None:
    """A folder of records and geodata with ``text`` in every field that takes a text."""
    (root / "geodata").mkdir(parents=True)
    # JSON is YAML; written by the standard library, so that nothing of ours quotes what is tested here.
    (root / "projects.yaml").write_text(json.dumps(records(text), ensure_ascii=True), encoding="utf-8")
    (root / "geodata" / "all.geojson").write_text(json.dumps(geodata(text)), encoding="utf-8")


def records(text: str) -> dict[str, Any]:
    """Everything a ``projects.yaml`` can hold. (A key of YAML has at most 1024 characters.)"""
    both = {"vi": text, "en": text}
    stretch = {"route": "tuyen", "from": "Km0", "to": "Km4"}
    return {
        "portfolio": {"title": both},
        "report": {
            "authority": text,
            "issuer": text,
            "number": text,
            "place": text,
            "recipients": [text, text],
            "signature": {"on_behalf": text, "post": text, "name": text},
            "decisions": [{"text": both, "project": "du-an", "source": "bao-cao"}, text],
            "next_week": [text],
            "proposals": [{"text": both}],
        },
        "sources": {
            "bao-cao": {
                "title": both,
                "kind": "official",
                "number": text,
                "issuer": both,
                "date": "2024-10",
                "url": text,
                "note": both,
            },
            "bao-chi": {"title": both, "kind": "press", "url": "javascript:alert(1)"},
        },
        "units": {text[:300]: {"level": "district", "until": "2025-06-30", "note": both}},
        "projects": [
            {
                "id": "du-an",
                "title": both,
                "kind": "expressway",
                "status": "implementation",
                "note": both,
                "years": {"from": "2023", "to": "2026"},
                "length": [{"value": "10 km", "note": both, "source": "bao-cao"}],
                "routes": ["tuyen"],
                "sections": [
                    {"id": "mot", "unit": text, "parts": [stretch], "note": both},
                    {"id": "hai", "unit": text, "route": "tuyen", "from": "Km4", "to": "Km9"},
                ],
                "clearance": [
                    {"as_of": "2024-06-30", "handed_over": "30/99 ha", "note": both, "source": "bao-chi"},
                    {"as_of": "2024-10-20", "handed_over": "50/100 ha, đạt 51%", "note": both, "source": "bao-cao"},
                    {
                        "as_of": "2024-10-20",
                        "section": "mot",
                        "handed_over": "20 ha, đạt 40%",
                        "handed_over_at": [{"route": "tuyen", "from": "Km1", "to": "Km2"}],
                        "note": both,
                        "source": "bao-cao",
                    },
                    {"as_of": "2024-10-20", "section": "hai", "paid": "3 ha", "note": both, "source": "bao-chi"},
                ],
                "disbursement": [
                    {
                        "as_of": "2024-10",
                        "plan_year": "2024",
                        "base": "adjusted",
                        "total": "1/2 tỷ đồng",
                        "funding": {"oda": "1 tỷ đồng, đạt 60%"},
                        "note": both,
                        "source": "bao-cao",
                    }
                ],
                "investment": [
                    {
                        "total": "10 tỷ đồng",
                        "parts": [{"party": "state", "amount": "4 tỷ đồng, 40%", "note": both}],
                        "note": both,
                        "source": "bao-cao",
                    }
                ],
                "milestones": [
                    {"title": both, "kind": "decision", "date": "2024-01-01", "number": text, "source": "bao-cao"}
                ],
                "issues": [
                    {
                        "text": both,
                        "at": "Km3",
                        "route": "tuyen",
                        "section": "mot",
                        "owner": text,
                        "actor": text,
                        "due": "2024-12-31",
                        "source": "bao-cao",
                    }
                ],
            }
        ],
        "proposals": [
            {
                "id": "de-xuat",
                "title": both,
                "kind": "road",
                "routes": ["de-xuat"],
                "places": ["cua-khau"],
                "note": both,
                "source": "bao-cao",
            }
        ],
        "finished": [
            {
                "id": "da-xong",
                "title": both,
                "kind": "bridge",
                "places": ["cua-khau"],
                "note": both,
                "source": "bao-chi",
            }
        ],
        "indicators": [
            {
                "id": "chi-tieu",
                "title": both,
                "observations": [{"year": "2023", "value": "96,1%", "source": "bao-cao"}],
                "target": {"value": "100%", "by": "2025", "source": "bao-cao"},
                "note": both,
            }
        ],
    }


def geodata(text: str) -> dict[str, Any]:
    """A route, a proposal's route, a gate, the border, a unit; the properties nobody reads are hostile as well."""
    both = {"vi": text, "en": text}

    def feature(shape: str, coordinates: Any, /, **properties: Any) -> dict[str, Any]:
        return {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}

    calibration = [
        {"chainage": "Km0", "at": [106.70, 21.90], "note": text},
        {"chainage": "Km11", "at": [106.77, 21.82], "note": text},
    ]
    area = [[106.70, 21.80], [106.80, 21.80], [106.80, 21.95], [106.70, 21.80]]
    line = {"accuracy": "schematic", "uncertainty_m": 500, "title": both, "note": both, "source": text}
    return {
        "type": "FeatureCollection",
        "name": text,
        "features": [
            feature(
                "LineString",
                [[106.70, 21.90], [106.75, 21.85], [106.77, 21.82]],
                route="tuyen",
                calibration=calibration,
                credit=text,
                extra=text,
                **line,
            ),
            feature("LineString", [[106.60, 21.90], [106.65, 21.80]], route="de-xuat", **line),
            feature(
                "Point",
                [106.71, 21.97],
                place="cua-khau",
                kind="gate",
                title=both,
                uncertainty_m=300,
                source=text,
                credit=text,
            ),
            feature("LineString", [[106.65, 22.0], [106.8, 21.99]], border=True, attribution=text, licence=text),
            feature("Polygon", [area], unit=text, level="commune", code=text, source=text),
        ],
    }
