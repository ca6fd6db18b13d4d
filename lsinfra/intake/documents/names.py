"""The names of the records as prose writes them: projects by their usual short forms, units with their level's word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from lsinfra.codes import Level
from lsinfra.intake.documents.wording import Kind, Pattern, bare, find, pattern
from lsinfra.intake.documents.wording import Word as Piece
from lsinfra.portfolio import Portfolio
from lsinfra.records import Project
from lsinfra.units import Ambiguous, Known, Unknown, known_units, resolve

_DASH = r"\s*(?:[-–—−‐‑]|đến)\s*"
_ASIDE = r"(?:\s*\([^()\d]{1,40}\))?"
# What stands before the name itself in a title: the works, and the kind of road.
_LEAD = re.compile(
    r"(?:dự án|đầu tư|xây dựng|cải tạo|nâng cấp|mở rộng|và|tuyến|đường|bộ|cao tốc|cửa khẩu|tiểu)[ ,]+", re.IGNORECASE
)
_ROAD = re.compile(r"(?P<kind>quốc lộ|ql|đường tỉnh|tỉnh lộ|đt)[ .]*(?P<number>\d+[A-Z]?\d?)\b", re.IGNORECASE)
_KM = r"Km\.? ?(\d{1,4})(?:\+\d{1,3})?"
_CHAINAGES = re.compile(rf"{_KM}\s?(?:[-–—−]|đến)\s?{_KM}(?!\w)", re.IGNORECASE)
_CHAINAGE = re.compile(rf"(?<!\w){_KM}(?!\w)", re.IGNORECASE)
_ROADS = {"quốc lộ": r"(?:quốc lộ|ql)", "ql": r"(?:quốc lộ|ql)"}
_PREFIX = re.compile(r"(TP\.?|thành phố|thị xã|thị trấn|huyện|tỉnh|xã|phường)\s+", re.IGNORECASE)
_OF_LEVEL = {
    Level.DISTRICT: r"huyện|thành phố|tp\.?|thị xã",
    Level.COMMUNE: r"xã|phường|thị trấn|tt\.?",
    Level.PROVINCE: r"tỉnh",
}
_COMMUNE_WORDS = {"xã": "xã", "phường": "phường", "thị trấn": r"thị trấn|tt\.?"}
_COMMUNE = re.compile(r"(?:xã|phường|thị trấn|tt\.?)(?!\w)", re.IGNORECASE)
_DISTRICT_OF = re.compile(r",? ?(?:thuộc |của )?\(?", re.IGNORECASE)
_CAPITAL = "A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚĂĐĨŨƠƯẠ-Ỹ"
_NAMED = rf"[{_CAPITAL}][\w’']*(?:\s+[{_CAPITAL}][\w’']*){{0,3}}"
_KINDS = r"dự án|cao tốc|tuyến(?: đường)?|đường|khu công nghiệp|khu tái định cư|cụm công nghiệp|cầu|hồ chứa|khu"
# "Dự án" with the words of any works, and what may follow when no name does.
_WORKS = re.compile(r"(?<!\w)(?<!toan )(?<!cac )(?:tieu )?(?:du an|cong trinh)(?!\w)")
_LEADING = re.compile(
    r"(?: (?:dau tu|xay dung|cai tao|nang cap|mo rong|va|tuyen|duong|bo|cao toc|cua khau|doan|giao thong|trong diem"
    r"|quoc gia|quoc lo|bot|ppp|giai phong mat bang|gpmb|boi thuong|ho tro|tai dinh cu)(?!\w),?)+"
)
_NEXT = re.compile(r" ([^\W\d_]+)")
_GOES_ON = frozenset(
    bare(
        "đã đang được bị có này trên tại ở qua còn chưa không đến tới tính theo là với và do từ nêu nói hiện thuộc của"
        " cho trong về phải cần sẽ giải bàn chi kiểm đo phê để nhằm lũy số thì đạt thu đi khi nay gồm như hoàn thực kể"
        " sử ước phấn dự tiếp vẫn cũng mới lại bố ubnd huyện thành xã phường thị tp tỉnh địa phân lớn tổng khoảng hàng"
        " các những dưới vừa trung bao ngày tháng năm quý hay hoặc tương kết công tác khác cam tham họp thống trực"
    ).split()
)
# A place that only bears the name of a unit.
_PLACES = "nút giao|ải|đèo|cầu|ga|trạm|chợ|hồ|sông|núi|khu|cụm|cửa khẩu|trường|bệnh viện|nhà máy|đường|phố|công ty"


@dataclass(frozen=True, slots=True)
class Named:
    """A project that is named: its id, None for one that is not under way in the records or for several at once."""

    project: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that is named by its records' name; None for one that the records do not know.

    ``within`` is the district of the records that a commune lies in, ``candidates`` the units that the name may mean,
    where that are several. ``alone``: without the word of its level, as ``Names.meant`` takes it on a day.
    """

    unit: str | None
    within: str | None = None
    candidates: str = ""
    alone: bool = False


@dataclass(frozen=True)
class Names:
    """All names of a portfolio, ready to be found."""

    patterns: tuple[Pattern, ...]
    projects: dict[str, Project]
    stretches: dict[str, tuple[int, int]]
    known: tuple[Known, ...]
    levels: dict[str, Level]
    places: dict[str, Place] = field(default_factory=dict)

    def find(self, text: str, taken: list[bool]) -> list[Piece]:
        """The names in a sentence; a stretch of another chainage after a project's name makes it another project."""
        without = bare(text)
        found = []
        for name in find(self.patterns, text, without, taken):
            piece = name
            if isinstance(piece.value, Named) and (own := self.stretches.get(piece.value.project or "")):
                after = _CHAINAGES.search(text, piece.end, piece.end + 40)
                if after and (int(after[1]), int(after[2])) != own:
                    piece = Piece(Kind.PROJECT, piece.start, piece.end, Named(None), piece.exact)
            found.append(piece)
        found += _further_projects(without, taken)
        return self._communes(sorted(found, key=lambda piece: piece.start), text)

    def _communes(self, found: list[Piece], text: str) -> list[Piece]:
        """Each commune together with the district behind it, and what is known of one that is not in the records."""
        joined: list[Piece] = []
        for piece in found:
            last = joined[-1] if joined else None
            if (
                last is not None
                and _DISTRICT_OF.fullmatch(text[last.end : piece.start])
                and self._inside(last, piece, text)
            ):
                joined[-1] = replace(last, end=piece.end, value=self._place(text[last.start : piece.end], last, piece))
            elif isinstance(piece.value, Place) and not piece.value.unit and _COMMUNE.match(text, piece.start):
                joined.append(replace(piece, value=self._place(text[piece.start : piece.end], piece, None)))
            else:
                joined.append(piece)
        return joined

    def _inside(self, commune: Piece, district: Piece, text: str) -> bool:
        """Whether a commune's name stands before the district's that it lies in."""
        places = isinstance(commune.value, Place) and isinstance(district.value, Place) and district.value.unit
        return bool(places) and bool(_COMMUNE.match(text, commune.start)) and not _COMMUNE.match(text, district.start)

    def _place(self, written: str, commune: Piece, district: Piece | None) -> Place:
        """The place that a commune's name means, as it is written, with its district or without."""
        key = bare(written)
        if key not in self.places:
            own = commune.value.unit if isinstance(commune.value, Place) else None
            within = district.value.unit if district and isinstance(district.value, Place) else None
            meant = resolve(written, self.known)
            several = meant.candidates if isinstance(meant, Ambiguous) and len(meant.candidates) > 1 else ()
            sure = own if isinstance(meant, Known) or not (several or isinstance(meant, Unknown)) else None
            self.places[key] = Place(sure, within, _listed(several))
        return self.places[key]

    def meant(self, unit: str, day: date | None) -> str:
        """The units that a name of the records may mean on a day where it stands alone; empty where it means its own.

        After a district is gone another unit may bear its name: from 2025-07-01 Cao Lộc is a commune.
        """
        found = resolve(unit, self.known, day)
        several = found.candidates if isinstance(found, Ambiguous) else ()
        other = isinstance(found, Known) and (found.name, found.level) != (unit, self.levels.get(unit))
        return _listed(several or ((found,) if isinstance(found, Known) and other else ()))

    def chainages(self, text: str, taken: list[bool]) -> list[Piece]:
        """Where a road's kilometres stand, which are no lengths: of a whole project, or of a part of one."""
        whole = set(self.stretches.values())
        found = []
        for form in (_CHAINAGES, _CHAINAGE):
            for match in form.finditer(text):
                if any(taken[match.start() : match.end()]):
                    continue
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                all_of_it = form is _CHAINAGES and (int(match[1]), int(match[2])) in whole
                found.append(Piece(Kind.CHAINAGE if all_of_it else Kind.PART, *match.span()))
        return found

    def spans(self, before: str, after: str) -> bool:
        """Whether a project's name runs from the end of one line to the beginning of the next."""
        text, seam = bare(f"{before[-60:]} {after[:60]}"), len(before[-60:])
        return any(
            match.start() < seam < match.end() - 1
            for known in self.patterns
            if known.kind is Kind.PROJECT and isinstance(known.value, Named) and known.value.project
            for match in known.bare.finditer(text)
        )


def _listed(units: Sequence[Known]) -> str:
    """Units for a sentence, each with its district."""
    return "; ".join(dict.fromkeys(f"{unit.name} ({unit.within or unit.code or '?'})" for unit in units))


def names_of(portfolio: Portfolio) -> Names:
    """The names of a portfolio's projects and units, longest first, and of whatever may be taken for one of them."""
    records = portfolio.records
    meant: dict[str, str | None] = {}
    stretches = {}
    for project in records.projects:
        title = project.title.vi
        for form in _forms(title):
            meant[form] = project.id if meant.get(form, project.id) == project.id else None
        if chainages := _CHAINAGES.search(title):
            stretches[project.id] = (int(chainages[1]), int(chainages[2]))
    for work in (*records.proposals, *records.finished):
        for form in _forms(work.title.vi):
            meant.setdefault(form, None)
    known = [pattern(Kind.PROJECT, form, Named(meant[form])) for form in sorted(meant, key=len, reverse=True)]
    units = {name: unit.level for name, unit in records.units.items()}
    for project in records.projects:
        units |= {section.unit: units.get(section.unit, _level(section.unit)) for section in project.sections}
    return Names(
        (*known, *_other_projects(), *_units(units, _unsure(portfolio, units))),
        {project.id: project for project in records.projects},
        stretches,
        known_units(records, portfolio.routes),
        units,
    )


def _level(name: str) -> Level:
    """Of a unit that the records do not list: of communes the word of their level is a part of the name."""
    prefix = _PREFIX.match(name)
    return Level.COMMUNE if prefix and prefix[1].lower() in _COMMUNE_WORDS else Level.DISTRICT


def _unsure(portfolio: Portfolio, units: dict[str, Level]) -> dict[str, str]:
    """The names of the records that mean several units by the imported boundaries, as xã Hòa Bình of four districts.

    On the last day of the records' own unit, of one that has not ended: among those that have not either.
    """
    known = known_units(portfolio.records, portfolio.routes)
    found = {}
    for name, level in units.items():
        own = portfolio.records.units.get(name)
        day = own.until.last_day if own and own.until else date.max
        meant = resolve(name, [unit for unit in known if unit.level is level], day)
        if isinstance(meant, Ambiguous):
            found[name] = _listed(meant.candidates)
    return found


def _forms(title: str) -> list[str]:
    """The ways a title is shortened, as patterns; a name of one place alone is kept with its kind before it."""
    whole = re.sub(r"\([^()]*\)", " ", title).strip()
    core = whole.split(",")[0]
    if road := _ROAD.search(core):
        kind = _ROADS.get(road["kind"].lower(), r"(?:đường tỉnh|tỉnh lộ|đt)")
        return [rf"{kind}[ .]*{re.escape(road['number'])}"]
    named = whole
    while lead := _LEAD.match(named):
        named = named[lead.end() :].strip()
    named = named.split(",")[0]
    ends = [end.strip() for end in re.split(r"\s*[-–—]\s*", named) if end.strip()]
    if len(ends) == 2:
        here, there = (re.sub(r"(?i)^(?:đoạn|cửa khẩu)\s+", "", end) for end in ends)
        optional = r"(?:cửa khẩu )?"
        return [
            rf"{optional}{_spaced(a)}{_ASIDE}{_DASH}{optional}{_spaced(b)}{_ASIDE}"
            for a, b in ((here, there), (there, here))
        ]
    return [_spaced(named)] if " " in named else []


def _other_projects() -> tuple[Pattern, ...]:
    """What names a project that the records do not know, or several at once: its figures are nobody's here."""
    own = (
        rf"(?i:(?<!\w)(?:{_KINDS}))\s+"
        rf"(?!(?:QL|UBND|BOT|PPP|Km)|(?:Quốc|Cao|Tuyến|Đường|Đầu|Xây|Nâng|Cải|Mở|Đoạn)(?!\w)){_NAMED}"
        rf"(?:(?:{_DASH}|\s+(?:đi|nối|qua|-)\s+){_NAMED})?"
    )
    return (
        pattern(
            Kind.PROJECT, r"(?:các|những|hai|ba|bốn|\d+) (?:tiểu )?(?:dự án|tuyến cao tốc|công trình)", Named(None)
        ),
        _as_written(Kind.PROJECT, own, Named(None)),
        pattern(
            Kind.PROJECT,
            r"(?:quốc lộ|ql|đường (?:tỉnh|huyện|xã)|tỉnh lộ|tl|đt|đh|(?:đường )?cao tốc ct|ct)[ .]*\d+\w?",
            Named(None),
        ),
        pattern(
            Kind.PROJECT,
            r"(?:tuyến|đường) (?:tránh|vành đai|nối|liên (?:xã|huyện|tỉnh)|tuần tra|giao thông|dân sinh|đi)"
            r"|(?:tiểu )?dự án (?:số|nhóm) \w+|tuyến (?:số )?\d+|(?:dự án|công trình|tuyến) khác",
            Named(None),
        ),
    )


def _further_projects(without: str, taken: list[bool]) -> Iterator[Piece]:
    """“Dự án kè sông Kỳ Cùng”: what follows the word and is neither a known name nor goes on about the same project."""
    for match in _WORKS.finditer(without):
        if any(taken[match.start() : match.end()]):
            continue
        rest = _LEADING.match(without, match.end())
        at = rest.end() if rest else match.end()
        following = _NEXT.match(without, at)
        if following is None or taken[following.start(1)] or following[1] in _GOES_ON:
            continue
        end = following.end(1)
        taken[match.start() : end] = [True] * (end - match.start())
        yield Piece(Kind.PROJECT, match.start(), end, Named(None))


def _as_written(kind: Kind, source: str, value: object) -> Pattern:
    """A pattern that needs its marks and capitals."""
    compiled = re.compile(source)
    return Pattern(kind, value, compiled, compiled)


def _units(units: dict[str, Level], unsure: dict[str, str]) -> list[Pattern]:
    """Units with the word of their level, then any others that the records do not know, then names alone.

    ``unsure`` are those whose name several units bear: read, but as nobody's.
    """
    found, alone = [], []
    stems = Counter(name for name in units if not _PREFIX.match(name))
    before = "".join(rf"(?<!\b{place} )" for place in _PLACES.split("|"))
    for name in sorted(units, key=len, reverse=True):
        prefix = _PREFIX.match(name)
        stem = _spaced(_PREFIX.sub("", name))
        city = prefix is not None and prefix[1].lower().startswith(("tp", "thành"))
        level = r"thành phố|tp\.?" if city else _OF_LEVEL[units[name]]
        if prefix and units[name] is Level.COMMUNE:  # thị trấn Cao Lộc is another place than xã Cao Lộc
            level = _COMMUNE_WORDS.get(prefix[1].lower(), level)
        meant = Place(None, candidates=unsure[name]) if name in unsure else Place(name)
        found.append(pattern(Kind.UNIT, rf"(?:{level}) ?{stem}", meant))
        if name in unsure:
            continue
        if city:  # a province bears the name of its capital
            found.append(pattern(Kind.WHOLE, rf"tỉnh {stem}"))
        elif prefix is None:
            alone.append(pattern(Kind.UNIT, before + stem, Place(name, alone=True)))
        elif units[name] is Level.COMMUNE and not stems[_PREFIX.sub("", name)]:
            alone.append(pattern(Kind.UNIT, before + stem, Place(None, candidates=name)))
    every = "|".join(_OF_LEVEL.values())
    return [
        *found,
        pattern(
            Kind.UNIT, r"(?:các|những|hai|ba|bốn|0?\d) (?:huyện|xã|phường|thị trấn|đơn vị|địa phương)", Place(None)
        ),
        _as_written(
            Kind.UNIT, rf"(?<!\w)(?i:(?:{every})\s+|(?:tt|tx|x|p|h)\.\s*)(?!(?i:lộ|ủy)(?!\w)){_NAMED}", Place(None)
        ),
        # Marks are lost before they are read: xa Loc Yen, phuong Ky Lua.
        _as_written(Kind.UNIT, rf"(?<!\w)(?i:xa|phuong|thi tran)\s+(?!(?i:lo|uy|hoi)(?!\w)){_NAMED}", Place(None)),
        # A part of a commune, and the word of a commune that no name follows.
        _as_written(
            Kind.UNIT,
            rf"(?<!\w)(?<!văn )(?<!Văn )(?<!ịch )(?i:thôn|bản|xóm|khối|khu phố|tổ dân phố)\s+(?:số )?(?:{_NAMED}|\d+)",
            Place(None),
        ),
        pattern(
            Kind.UNIT,
            r"(?<!thị )(?<!hợp tác )(?<!cấp )(?<!huyện, )(?<!cho )(?<!cho ubnd )xã(?! hội| viên)|phường|thị trấn",
            Place(None),
            marked=True,
        ),
        pattern(Kind.WHOLE, r"(?:địa bàn|địa phận) tỉnh"),
        *alone,
    ]


def _spaced(name: str) -> str:
    return re.escape(" ".join(name.split())).replace(r"\ ", " ")
