"""Files that mean harm, made by hand: declarations, bombs, things to be run or fetched; and real files spoiled.

``hostile`` holds texts that mean harm, this the files around them.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Mapping
from typing import Final

RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CONTENT: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_OPEN: Final = "urn:oasis:names:tc:opendocument:xmlns"

DECLARED: Final = {
    "laughs": '<!DOCTYPE a [<!ENTITY k "ha"><!ENTITY m "&k;&k;&k;&k;&k;&k;"><!ENTITY l "&m;&m;&m;&m;&m;&m;">]>',
    "file": '<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/passwd">]>',
    "web": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    "parameter": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
}
"""What no honest file of these formats declares before its first element."""


def zipped(parts: Mapping[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()


def piled(name: str, size: int, times: int) -> bytes:
    """A zip whose members ``0name``, ``1name``, … are all the same few packed bytes, each of ``size`` unpacked."""
    raw = zipped({f"0{name}": bytes(size)})
    at = raw.index(b"PK\x01\x02")
    central, length = raw[at : raw.index(b"PK\x05\x06")], len(f"0{name}")
    entries = b"".join(central[:46] + f"{n % 10}{name}".encode() + central[46 + length :] for n in range(times))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, times, times, len(entries), at, 0)
    return raw[:at] + entries + end


def locked(raw: bytes) -> bytes:
    """A zip that says that its first member has a password."""
    changed = bytearray(raw)
    changed[6] |= 1
    changed[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def relations(*targets: tuple[str, str, str]) -> str:
    """A part of relations: id, kind and target of each; a target with ``:`` lies outside."""
    outside = ' TargetMode="External"'
    lines = (
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"{outside if ":" in target else ""}/>'
        for name, kind, target in targets
    )
    return f'<Relationships xmlns="{RELATIONS}">{"".join(lines)}</Relationships>'


def workbook(rows: str = "", after: str = "", strings: str = "", **more: str | bytes) -> dict[str, str | bytes]:
    """The parts of an .xlsx of one sheet ``A``."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{_CONTENT}"/>',
        "_rels/.rels": relations(("a", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("b", "worksheet", "worksheets/sheet1.xml"),
            ("c", "sharedStrings", "sharedStrings.xml"),
            ("d", "styles", "styles.xml"),
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"/>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>{after}</worksheet>',
        **more,
    }


def open_sheet(rows: str = "") -> dict[str, str | bytes]:
    """The parts of an .ods of one sheet ``A``."""
    names = " ".join(f'xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "table", "text", "of"))
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f'<office:document-content {names}><table:table table:name="A">{rows}</table:table>'
        "</office:document-content>",
    }


def letter(body: str = "", *others: tuple[str, str, str], **more: str | bytes) -> dict[str, str | bytes]:
    """The parts of a .docx; ``others`` are further relations of its text."""
    kinds = {"document.main": "/word/document.xml", "footnotes": "/word/footnotes.xml"}
    overrides = "".join(
        f'<Override PartName="{part}" '
        f'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"/>'
        for kind, part in kinds.items()
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_CONTENT}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Default Extension="bin" ContentType="application/x"/>{overrides}</Types>',
        "_rels/.rels": relations(("a", "officeDocument", "word/document.xml")),
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        "word/_rels/document.xml.rels": relations(*others),
        **more,
    }


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(*objects: str | bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body if isinstance(body, bytes) else body.encode())
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def stream(data: bytes, more: str = "") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more.encode(), data)


# --- real files, spoiled -------------------------------------------------------------------------------------------

_PIECES = (
    b"<", b"</", b">", b"&x;", b"&#0;", b'"', b"'", b"\x00", b"9" * 400, b"-1", b"1e999", b"NaN", b"\xff\xfe", b"]]>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"{", b"}", b"[", b"]", b",", b":", b"null", b"1" * 5000, b"\xed\xa0\x80",
    b"../../", b"\r\n", b"\\ud800", b"\\u0000", b"4294967295", b"=cmd|' /C calc'!A0", b"\x1b]0;x\x07", b"\xe2\x80\xae",
    b"<<", b"/Kids [1 0 R]", b"stream\n",
)  # fmt: skip


def spoiled(raw: bytes, seed: int) -> bytes:
    """A file with bytes changed, cut, doubled, emptied, exchanged or put in at some places."""
    pick, out = random.Random(seed), bytearray(raw)
    for _ in range(pick.choice((1, 1, 2, 3, 6))):
        at, length = pick.randrange(len(out) or 1), pick.choice((1, 2, 8, 40, 400))
        change, other = pick.randrange(8), pick.randrange(len(out) or 1)
        if change == 0:
            out[at : at + 1] = bytes([pick.randrange(256)])
        elif change == 1:
            del out[at : at + length]
        elif change == 2:
            out[at:at] = out[at : at + length] * pick.choice((1, 2, 30))
        elif change == 3:
            out[at : at + length] = bytes(len(out[at : at + length]))
        elif change == 4:
            out[at : at + length] = out[other : other + length]
        elif change == 5:
            out[at : at + length] = pick.choice(_PIECES)
        elif change == 6:
            out[at:at] = pick.choice(_PIECES)
        elif pick.random() < 0.3:
            del out[max(1, at) :]
    return bytes(out)


def spoiled_inside(raw: bytes, seed: int) -> bytes:
    """A zip with one of its members spoiled, gone, named otherwise or packed in another way."""
    pick = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        parts = [(part.filename, file.read(part)) for part in file.infolist()]
    at = pick.randrange(len(parts))
    name, data = parts[at]
    change = pick.randrange(10)
    if change == 0:
        del parts[at]
    elif change == 1:
        parts[at] = pick.choice((f"../../{name}", f"/{name}", name.upper(), " ")), data
    else:
        parts[at] = name, spoiled(data, seed)
    return zipped(dict(parts), pick.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)))
