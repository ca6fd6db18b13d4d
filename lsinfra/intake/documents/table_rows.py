"""Rows of a table as sentences for the grammar to read: what the row is of, then one figure with its total and share.

“Huyện Lộc Bình: tổng số 49,35 ha; Diện tích đã bàn giao (ha) là 37,07 ha, đạt 75,12%.” A unit is taken only from where
one stands: the cell, the head of its column, the row's column of units, the line over the table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from lsinfra.intake.documents.wording import bare

_NUMBER = r"\d[\d., ]*(?:/\s*\d[\d., ]*)?"
_UNITS = (
    ("ha", r"ha|héc ?-?ta"),
    ("m²", r"m2|m²"),
    ("km", r"km"),
    ("hộ", r"hộ(?: gia đình| dân)?"),
    ("thửa", r"thửa(?: đất)?"),
    ("nghìn tỷ đồng", r"(?:nghìn|ngàn) t[ỷỉ](?: đồng)?"),
    ("tỷ đồng", r"t[ỷỉ](?: đồng)?"),
    ("triệu đồng", r"triệu(?: đồng)?|trđ"),
    ("đồng", r"đồng"),
    ("%", r"%"),
)
_ANY = "|".join(form for _, form in _UNITS)
_CELL = re.compile(rf"(?P<number>{_NUMBER}) ?(?P<unit>{_ANY})?", re.IGNORECASE)
# Thousands of đồng or of square metres are no unit here.
_IN_HEAD = re.compile(rf"(?<![\w²])(?<!nghìn )(?<!ngàn )(?<!000 )(?P<unit>{_ANY})(?!\w)", re.IGNORECASE)
_STATED = re.compile(rf"(?:đvt|đơn vị(?: tính)?)\s*[:\-]?\s*\(?(?P<unit>{_ANY})(?!\w)", re.IGNORECASE)
_OWN_UNIT = re.compile(rf"\s*[,(]\s*(?:đvt:? ?)?(?:{_ANY})\s*(?:\)|$)", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:stt|tt|số tt|số thứ tự)\.?", re.IGNORECASE)
# Sought in heads without their marks.
_SHARE = re.compile("ty le|ti le|dat ty")
_OF_PROJECTS = re.compile("(?:ten )?(?:cac )?(?:du an|cong trinh)(?:,? cong trinh)?$")
_STAGED = re.compile("ban giao|chi tra|nhan tien|kiem dem|phe duyet|sach|giai ngan")
_WHOLE = re.compile(r"(?<!\w)(?:tong|phai|can|toan (?:bo|tuyen)|dien tich thu hoi|pham vi)(?!\w)")
_NEED = re.compile(r"(?<!\w)(?:phai|can) (?:thu hoi|giai phong|gpmb|ban giao)(?!\w)")
_DONE = re.compile(r"(?<!\w)(?:da|con|chua|luy ke|thuc hien|duoc|ke hoach|von|tang|giam)(?!\w)")
_MAX_HEAD = 4
_MAX_QUOTE = 400


@dataclass(frozen=True, slots=True)
class _Column:
    """The head of a column: all of its cells and the lowest, what it counts in, whether it is what has to be done."""

    head: str
    unit: str | None
    total: bool
    ordinal: bool
    projects: bool


@dataclass(frozen=True, slots=True)
class _Figure:
    column: _Column
    number: str
    unit: str | None
    percent: str | None = None

    def write(self) -> str:
        figure = f"{self.number}{'' if self.unit == '%' else ' '}{self.unit or ''}".strip()
        return f"{self.column.head} là {figure}" + (f", đạt {self.percent}%" if self.percent else "")


def row_lines(
    rows: Sequence[Sequence[str]], over: str = "", shared: Collection[tuple[int, int]] = ()
) -> Iterator[tuple[int, str]]:
    """Row number and sentences of each row that holds anything; a row without numbers is a heading.

    Parameters
    ----------
    rows
        The cells as text, merged ones repeated.
    over
        The line over the table, which may state its unit (“ĐVT: tỷ đồng”).
    shared
        Row and column, from 0, of cells merged over several rows: a number there is of no single one.
    """
    head = _head_rows(rows)
    stated = _STATED.search(" ".join([over, *(cell for row in rows[:head] for cell in row)]))
    unit = _unit(stated["unit"]) if stated else None
    width = max((len(row) for row in rows), default=0)
    columns = [_column([row[at] for row in rows[:head] if at < len(row)], unit) for at in range(width)]
    for number, row in enumerate(rows, 1):
        if number > head and any(row):
            yield number, " ".join(_sentences(row, columns, {at for line, at in shared if line == number - 1}))


def row_quote(cells: Sequence[str]) -> str:
    """A row in its own words, a merged cell once: “Huyện Lộc Bình | 49,35 | 37,07”."""
    named = [cell.strip() for at, cell in enumerate(cells) if at == 0 or cell != cells[at - 1]]
    return " | ".join(filter(None, named))[:_MAX_QUOTE]


def _head_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the top are the head: those before the first with a number in a cell of its own."""
    for at, row in enumerate(rows[: _MAX_HEAD + 1]):
        numbered = [cell for cell in row if _CELL.fullmatch(cell.strip())]
        counted = [cell.strip("() ") for cell in row if cell.strip()]
        if numbered and counted != [str(n + 1) for n in range(len(counted))]:
            return at
    return min(1, len(rows))


def _column(cells: Sequence[str], stated: str | None) -> _Column:
    named = list(dict.fromkeys(cell for cell in cells if cell and not cell.strip("() ").isdigit()))
    lowest = named[-1] if named else ""
    units = [_unit(found[-1]) for cell in reversed(named) if (found := _in_head(cell))]
    plain = bare(lowest)
    unit = "%" if _SHARE.match(plain) else next(iter(units), stated)
    whole = bool(_NEED.search(plain)) or (bool(_WHOLE.search(plain)) and not _STAGED.search(plain))
    total = whole and not _DONE.search(plain)
    projects = any(_OF_PROJECTS.fullmatch(bare(cell.strip())) for cell in named)
    head = " ".join(dict.fromkeys(_OWN_UNIT.sub("", cell).strip() for cell in named))
    return _Column(head, unit, total, bool(_ORDINAL.fullmatch(lowest.strip())), projects)


def _in_head(cell: str) -> list[str]:
    """The units that a head names; a measure without one ("Diện tích") names none."""
    return [found["unit"] for found in _IN_HEAD.finditer(_STATED.sub(" ", cell))]


def _unit(written: str) -> str:
    return next(name for name, form in _UNITS if re.fullmatch(form, written, re.IGNORECASE))


def _sentences(row: Sequence[str], columns: Sequence[_Column], shared: Collection[int]) -> Iterator[str]:
    """The sentences of a row: its label alone where it has no figures."""
    labels: list[str] = []
    remarks: list[str] = []
    figures: list[_Figure] = []
    common: list[_Figure] = []
    unit = next((_unit(cell.strip()) for cell in row if re.fullmatch(_ANY, cell.strip(), re.IGNORECASE)), None)
    for at, cell in enumerate(row):
        column, text = columns[at], cell.strip()
        number = _CELL.fullmatch(text)
        if not text or column.ordinal or re.fullmatch(rf"{_ANY}|[-–.]", text, re.IGNORECASE):
            continue
        if number is None:
            if not (at and text == row[at - 1].strip()):
                works = column.projects and not bare(text).startswith(("du an", "tieu du an"))
                (remarks if figures else labels).append(f"Dự án {text}" if works else text)
        elif number["unit"] or column.head:
            own = _unit(number["unit"]) if number["unit"] else "%" if column.unit == "%" else unit or column.unit
            figure = _Figure(column, number["number"].strip(), own)
            (common if at in shared else figures).append(figure)
    label = ", ".join(labels)
    if not figures and not common:
        yield label
    for lead, figure in _with_totals(_with_shares(figures)):
        yield f"{label}: {lead}{figure.write()}."
    for figure in common:
        yield f"Các đơn vị: {figure.write()}."
    for remark in remarks:
        yield f"{label}: {remark}."


def _with_shares(figures: Sequence[_Figure]) -> list[_Figure]:
    """Each share put to the last figure before it that was done, where no other could be meant."""
    joined: list[_Figure] = []
    for figure in figures:
        done = [at for at, known in enumerate(joined) if not known.column.total and known.unit != "%"]
        last = done[-1] if done else None
        if figure.unit == "%" and last is not None and _is_of(figure, joined, last, done):
            joined[last] = replace(joined[last], percent=figure.number)
        else:
            joined.append(figure)
    return joined


def _is_of(share: _Figure, joined: Sequence[_Figure], last: int, done: Sequence[int]) -> bool:
    """Whether a share is of the last figure done: it names no other stage, and no other figure stands with it."""
    owner = joined[last]
    if owner.percent or not _stages(share) <= _stages(owner) or any(f.unit == "%" for f in joined[last + 1 :]):
        return False
    beside = joined[done[-2]] if len(done) > 1 else None
    return (
        beside is None or beside.percent is not None or _stages(beside) != _stages(owner) or beside.unit == owner.unit
    )


def _stages(figure: _Figure) -> set[str]:
    return set(_STAGED.findall(bare(figure.column.head)))


def _with_totals(figures: Sequence[_Figure]) -> Iterator[tuple[str, _Figure]]:
    """Each figure done with the total of its unit before it as a lead; one behind it, where figures come first."""
    used: set[int] = set()
    for at, figure in enumerate(figures):
        if figure.column.total:
            continue
        same = [n for n, known in enumerate(figures) if known.unit == figure.unit and figure.unit != "%"]
        first = not figures[same[0]].column.total if same else False
        near = [n for n in same if figures[n].column.total and ((n > at) if first else (n < at))]
        total = (near[0] if first else near[-1]) if near else None
        if total is not None and first and any(not figures[n].column.total for n in same if at < n < total):
            total = None
        if total is not None and "/" not in figure.number:
            used.add(total)
            yield f"tổng số {figures[total].number} {figure.unit}; ", figure
        else:
            yield "", figure
    for at, figure in enumerate(figures):
        if figure.column.total and at not in used:
            yield "tổng số: ", figure
