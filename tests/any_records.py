"""Any records that load, made up for the tests: texts with a meaning to YAML, JSON, browsers and our own notation."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lsinfra import loader
from lsinfra.codes import Base, Funding, Kind, Level, MilestoneKind, Party, Placed, SourceKind, Stage, Status
from lsinfra.numerals import number
from lsinfra.records import Records
from lsinfra.yamlfile import Document

Json = dict[str, Any]

# Words as documents have them, what has a meaning to us, and what has one to others.
_PIECES = [
    "đường",
    "Km18",
    "a: b",
    "\n\nThông tin:\nSố: 1",
    "{{7*7}}",
    "=1+1",
    "<b>",
    "\\n",
    "'",
    '"',
    "2024",
    "true",
    "#",
    "- x",
    " ",
    "\n",
    "\t",
    "ghi",
]
words = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=4).map("".join).filter(lambda text: bool(text.strip()))
titles = st.one_of(words.map(lambda vi: {"vi": vi}), st.builds(lambda vi, en: {"vi": vi, "en": en}, words, words))
ids = st.sampled_from(["a", "b-1", "quoc-lo-99", "x2"])
SOURCES = ("bao-cao", "bao-chi")
dates = st.one_of(
    st.dates(date(1901, 1, 1), date(2199, 12, 31)).map(date.isoformat),
    st.dates(date(1901, 1, 1), date(2199, 12, 31)).map(lambda day: day.isoformat()[:7]),
)


def numbers(lowest: int = 0, places: int = 3) -> st.SearchStrategy[str]:
    return (
        st.decimals(lowest, 999_999, places=places, allow_nan=False)
        .map(lambda x: number(x, None, "vi"))
        .map(_unmistakable)
    )


def _unmistakable(text: str) -> str:
    """6.316 without its dot, which of an area may be either."""
    return text.replace(".", "") if re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3}", text) else text


def figures(*units: str) -> st.SearchStrategy[str]:
    percents = st.integers(1, 130_000).map(lambda n: number(Decimal(n) / 1000, None, "vi")).map(_unmistakable)
    made = st.builds(
        lambda about, value, total, unit, percent: (
            ("khoảng " if about else "")
            + value
            + (f"/{total}" if total else "")
            + f" {unit}"
            + (f", đạt {percent}%" if percent else "")
        ),
        st.booleans(),
        numbers(1),
        st.none() | numbers(1),
        st.sampled_from(units),
        st.none() | percents,
    )
    counts = st.builds(lambda n, of: f"{n}/{n + of} hộ", st.integers(0, 999), st.integers(1, 999))
    return made | counts if "ha" in units else made


def some(fields: dict[str, st.SearchStrategy[Any]], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(fields, optional=more)


def rows(one: st.SearchStrategy[Json], *unlike: str) -> st.SearchStrategy[list[Json]]:
    return (
        st.lists(one, max_size=3, unique_by=lambda row: tuple(row.get(name) for name in unlike))
        if unlike
        else st.lists(one, max_size=3)
    )


def codes(codes: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([code.value for code in codes])


stretches = st.builds(
    lambda route, start, length: {"route": route, "from": f"Km{start}", "to": f"Km{start}+{length},25"},
    ids,
    st.integers(0, 90),
    st.integers(100, 999),
)
land = {stage.value: figures("ha") | st.tuples(figures("km"), figures("m²")).map(list) for stage in Stage}
source = st.sampled_from(SOURCES)
plan_years = st.integers(1901, 2199).map(str)
truths = st.sampled_from(["true", "false"])
years = st.tuples(st.integers(1901, 2000), st.integers(2000, 2199)).map(lambda y: {"from": str(y[0]), "to": str(y[1])})
money = figures("tỷ đồng", "triệu đồng", "đồng", "nghìn tỷ đồng")
sections = some(
    {"id": ids, "unit": st.sampled_from(["Huyện A", "Xã Đ"])},
    parts=st.lists(stretches, max_size=2),
    placed=codes(Placed),
    length=figures("km"),
    in_scope=truths,
    note=titles,
)
stages = {name: figure for name, figure in land.items() if name != "handed_over"}
clearance = some({"as_of": dates, "source": source, "handed_over": land["handed_over"]}, note=titles, **stages)
disbursement = some(
    {"as_of": dates, "plan_year": plan_years, "base": codes(Base), "total": money, "source": source},
    funding=st.dictionaries(codes(Funding), money, max_size=2),
    added_after_september=truths,
    note=titles,
)
plan_of_land = some({"by": dates, "source": source, "clear": land["clear"]}, note=titles)
plan_of_money = some(
    {"by": dates, "source": source, "plan_year": st.just("2024"), "base": codes(Base), "disbursed": money}, note=titles
)
parts = some({"party": codes(Party), "amount": money}, note=titles)
milestones = some(
    {"title": titles, "kind": codes(MilestoneKind), "date": dates, "source": source}, number=words, planned=truths
)
projects = some(
    {"title": titles, "kind": codes(Kind), "status": codes(Status)},
    short=titles,
    note=titles,
    years=years,
    length=rows(some({"value": figures("km", "m")}, route=ids, as_of=dates, note=titles, source=source)),
    routes=st.lists(ids, max_size=2, unique=True),
    sections=rows(sections, "id"),
    clearance=rows(clearance, "as_of"),
    disbursement=rows(disbursement, "as_of"),
    plan=rows(plan_of_land | plan_of_money, "by"),
    investment=rows(some({"total": money, "source": source}, note=titles, parts=rows(parts))),
    milestones=rows(milestones),
)
works = some(
    {"title": titles, "kind": codes(Kind), "source": st.lists(source, min_size=1, max_size=2, unique=True)},
    note=titles,
    length=figures("km"),
    routes=st.lists(ids, max_size=2, unique=True),
    places=st.lists(ids, max_size=2, unique=True),
)
documents = some(
    {"title": titles, "kind": codes(SourceKind)},
    number=words,
    issuer=titles,
    date=dates,
    url=words | st.just("https://a.example/x?y=1"),
    note=titles,
)
units = some({"level": codes(Level)}, until=dates, note=titles)


def numbered(word: str, rows: list[Json]) -> list[Json]:
    """Each with an id, and every second figure of land put into a section."""
    for row in rows:
        sections = [section["id"] for section in row.get("sections", [])]
        for observation in [*row.get("clearance", [])[::2], *row.get("plan", [])[::2]]:
            if sections and "base" not in observation:
                observation["section"] = sections[-1]
    return [{"id": f"{word}-{n}"} | row for n, row in enumerate(rows)]


worlds = st.builds(
    lambda under_way, proposed, finished, sources, parts: {
        "portfolio": {"title": "Thử"},
        "sources": dict(zip(SOURCES, sources, strict=True)),
        "units": dict(zip(("Huyện A", "Xã Đ"), parts, strict=True)),
        "projects": numbered("du-an", under_way),
        "proposals": numbered("de-xuat", proposed),
        "finished": numbered("da-xong", finished),
    },
    st.lists(projects, min_size=1, max_size=2),
    st.lists(works, max_size=1),
    st.lists(works, max_size=1),
    st.tuples(documents, documents),
    st.tuples(units, units),
)


def built(data: Any) -> Records:
    """Records of what a file would hold; a figure that contradicts itself (0 ha, 5 %) is none."""
    return loader.build(Document("projects.yaml", data))
