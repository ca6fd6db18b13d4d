"""Workbooks of anybody's, opened safely: .xlsx and .ods by a small reader of our own, .xls in a process of its own.

Cells are kept as the file has them, empty ones not at all, so that a sheet of a million empty rows is small. The reader
sees what a library of tables does not tell: a formula whose value is missing, a link into another workbook, an error
value. Nothing is ever calculated and nothing outside the file is ever asked for. What a file may cost is bounded before
and while it is read: bytes on disk and unpacked, their ratio, elements, cells.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.parsers import expat
from zipfile import ZipFile

from lsinfra.errors import Fault, InputError, RunError, why
from lsinfra.intake.damage import BROKEN_ZIP
from lsinfra.intake.workbooks.ods import read_ods
from lsinfra.intake.workbooks.parts import (
    MAX_BYTES,
    MAX_PARTS,
    MAX_RATIO,
    MAX_UNPACKED,
    RATIO_FROM,
    Package,
    Sheet,
    Stop,
)
from lsinfra.intake.workbooks.xls import read_xls
from lsinfra.intake.workbooks.xlsx import read_xlsx
from lsinfra.numerals import shown
from lsinfra.text import printable

_CFB = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls, and of an encrypted .xlsx
_MACROS = ("basic/", "scripts/", "xl/macrosheets/")
_LINKS = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
_OBJECTS = ("xl/embeddings/", "xl/activex/")
_BROKEN = (*BROKEN_ZIP, expat.ExpatError, KeyError)


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: its file name, the SHA-256 of its bytes, its sheets; whether it links to other workbooks, and whether
    it is an .xls, of which less is told; whether files or controls are embedded in it.
    """

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]
    links: bool = False
    old: bool = False
    objects: bool = False

    @property
    def left_aside(self) -> tuple[str, ...]:
        """What it holds besides that is never opened; the sentences are under ``form.``."""
        held = {"links_ignored": self.links, "objects_ignored": self.objects}
        return tuple(key for key, holds in held.items() if holds)


def open_book(path: Path) -> Book:
    """Read the cells of one workbook.

    Raises
    ------
    RunError
        The file is missing or cannot be read.
    InputError
        It is no workbook, encrypted, holds macros, is damaged, or too large, each in one sentence.
    """
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from error
    if size > MAX_BYTES:
        raise _refused(path.name, "large_file", found=f"{size / 1e6:.0f}", limit=f"{MAX_BYTES / 1e6:.0f}")
    return parse(raw, path.name)


def parse(raw: bytes, name: str) -> Book:
    """As ``open_book``, of bytes; ``name`` stands in the messages."""
    try:
        if raw.startswith(_CFB):
            sheets, links, objects = _read_old(raw), False, False
        elif raw.startswith(b"PK"):
            sheets, links, objects = _zipped(raw)
        else:
            raise Stop(_other_kind(raw))
    except Stop as stop:
        raise _refused(name, stop.key, **stop.values) from None
    except _BROKEN:
        raise _refused(name, "damaged") from None
    except RuntimeError:  # zipfile's word for a part with a password
        raise _refused(name, "encrypted") from None
    return Book(printable(name), hashlib.sha256(raw).hexdigest(), tuple(sheets), links, raw.startswith(_CFB), objects)


def _refused(name: str, key: str, **values: object) -> InputError:
    return InputError([Fault(shown(name, 200), "", f"form.{key}", values)])


def _other_kind(raw: bytes) -> str:
    """What a file is that is no workbook: nothing, a page of HTML or XML, a table as text, something else."""
    head = raw[:2000].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        return "empty_file"
    if head.startswith(b"<"):
        return "html_file"
    if b"\x00" not in head and re.search(rb"[,;\t]", head):
        return "csv_file"
    return "no_workbook"


def _zipped(raw: bytes) -> tuple[list[Sheet], bool, bool]:
    with ZipFile(BytesIO(raw)) as file:
        parts = file.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * len(raw)):
            raise Stop("zip_bomb", limit=f"{MAX_UNPACKED / 1e6:.0f}")
        if len(parts) > MAX_PARTS:
            raise Stop("many_parts", limit=MAX_PARTS)
        if any(part.flag_bits & 1 or part.filename == "encrypted-package" for part in parts):
            raise Stop("encrypted")
        names = {part.filename.lower() for part in parts}
        if any(name.endswith("vbaproject.bin") or name.startswith(_MACROS) for name in names):
            raise Stop("macros")
        package = Package(file)
        if package.has("META-INF/manifest.xml") and b"encryption-data" in package.head("META-INF/manifest.xml"):
            raise Stop("encrypted")
        if package.has("content.xml"):
            return *read_ods(package), False
        if "xl/workbook.bin" in names:
            raise Stop("binary_workbook")
        if not package.has("[Content_Types].xml") or not any(name.startswith("xl/") for name in names):
            raise Stop("other_zip")
        links, objects = (any(name.startswith(of) for name in names) for of in (_LINKS, _OBJECTS))
        return read_xlsx(package), links, objects


def _read_old(raw: bytes) -> list[Sheet]:
    """An .xls, once it is clear that it is none of what else lies in its container."""
    if _streams("EncryptedPackage") in raw:
        raise Stop("encrypted")
    if _streams("_VBA_PROJECT") in raw:
        raise Stop("macros")
    if _streams("Workbook") not in raw and _streams("Book") not in raw:
        raise Stop("no_workbook")
    return read_xls(raw)


def _streams(name: str) -> bytes:
    """How the container writes the name of a stream."""
    return name.encode("utf-16-le")
