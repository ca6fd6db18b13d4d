"""Proposals shown one after the other, and what a person says of each: accept, edit, skip, back, quit.

Every answer is kept in the proposals file before the next question, so that a review goes on where it was left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from lsinfra.codes import Base, Code, Funding, Stage
from lsinfra.dates import YEARS, PartialDate, read_date
from lsinfra.errors import LsinfraError, QuantityError, Severity
from lsinfra.intake import keeping, proposal_file
from lsinfra.intake.decisions import Confirmed, Decision, Entry, NewSource, Reviewed, begin
from lsinfra.intake.doubts import BLOCKING, doubted_all
from lsinfra.intake.history import Key, Recorded, key_of, last_before, recorded
from lsinfra.intake.proposals import Doubt, Intake, Proposal, confidence_of
from lsinfra.intake.workbooks.cells import folded
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import read_figure, write_figure
from lsinfra.text import Lang, Word, printable, say

_QUOTE = 600  # characters of a quote that are shown
_LISTED = 15  # choices that are shown, the newest ones: a year of weekly reports are some hundred sources

# What may be edited, in the order in which it is asked.
FIELDS = (
    *("project", "section", "stage", "plan_year", "base", "funding", "added_after_september"),
    *("figure", "observed", "source", "note"),
)
_OF_MONEY = {"plan_year", "base", "funding", "added_after_september"}
NOTHING = "-"
"""What is answered to have a field empty; an empty answer leaves it as it is."""
_BESIDE = {"source", "note"}  # what says nothing of the figure
# What readers' doubts are about, where it is not the figure.
_ABOUT = (
    ({"clear_and_handed_over", "stage_before"}, frozenset({"stage"})),
    ({"date_before", "date_unclear", "date_unknown", "year_taken"}, frozenset({"observed"})),
    ({"year_unknown"}, frozenset({"plan_year"})),
    ({"base_unknown"}, frozenset({"base"})),
    ({"from_before", "marks"}, frozenset({"project", "section"})),
)
_KEPT = {"figure", "added_after_september"}  # what is never empty


@dataclass(frozen=True, slots=True)
class Count:
    """How a review stands."""

    accepted: int
    skipped: int
    pending: int


class ReviewError(LsinfraError):
    """An answer that cannot be used; its sentence is under ``intake.``."""

    group = "intake"


class _Quit(Exception):
    """The reviewer has had enough for now."""


def prepare(
    intake: Intake, portfolio: Portfolio, *, source: NewSource | None = None, today: date | None = None
) -> Reviewed:
    """What a reader gave, with the doubts of the records, ready to be decided upon (``decisions.begin``)."""
    found = checked(begin(intake, source), portfolio, today)
    return begin(replace(intake, proposals=tuple(entry.proposal for entry in found.entries)), source)


def counted(reviewed: Reviewed) -> Count:
    """How many proposals were accepted, skipped, and not decided yet."""
    found = [entry.decision for entry in reviewed.entries]
    return Count(found.count(Decision.ACCEPT), found.count(Decision.SKIP), found.count(Decision.PENDING))


def review(
    path: Path,
    portfolio: Portfolio,
    lang: Lang,
    *,
    today: date | None = None,
    ask: Callable[[str], str] = input,
    tell: Callable[[str], None] = print,
    again: bool = False,
) -> Reviewed:
    """Go through the proposals of a file that are not decided yet, and those accepted that are seriously doubted since.

    Parameters
    ----------
    path
        The proposals file; every answer is saved in it at once.
    today
        The day of the run; None to leave dates in the future unquestioned.
    ask, tell
        Where answers come from and lines go to. The end of the answers (EOFError) and Ctrl+C are "quit".
    again
        Also those that are decided.

    Raises
    ------
    EditError
        Somebody else reviews this file, or it was changed meanwhile.
    InputError, RunError
        As ``proposal_file.read`` and ``proposal_file.save`` raise them.
    """
    with keeping.locked(path):
        reviewed, data = proposal_file.read(path)
        reviewed = checked(reviewed, portfolio, today)
        session = _Session(path, portfolio, lang, today, ask, tell, reviewed, data)
        try:
            session.run(again)
        except (EOFError, KeyboardInterrupt, _Quit):
            tell("")
        count = counted(session.reviewed)
        values = {"accepted": count.accepted, "skipped": count.skipped, "pending": count.pending}
        tell(say(lang, "intake.review.count", **values))
        return session.reviewed


def checked(
    reviewed: Reviewed, portfolio: Portfolio, today: date | None, touched: Collection[Proposal] | None = None
) -> Reviewed:
    """The same with the doubts of today's records; a source that is to be entered is as good as one that is there.

    ``touched``: only the figures of the same things as these are looked at, all capital sources together being one
    thing; None for every figure.
    """
    keys = None if touched is None else {_thing(one) for one in touched}
    entries = list(reviewed.entries)
    at = [n for n, entry in enumerate(entries) if keys is None or _thing(entry.proposal) in keys]
    proposals = [entries[n].proposal for n in at]
    skipped = [entries[n].decision is Decision.SKIP for n in at]
    found = doubted_all(proposals, portfolio.records, portfolio.routes, today, skipped)
    for n, proposal in zip(at, found, strict=True):
        entries[n] = replace(entries[n], proposal=_with_source(proposal, reviewed))
    return replace(reviewed, entries=tuple(entries))


def _thing(proposal: Proposal) -> Key:
    return key_of(replace(proposal, funding=None))


def _with_source(proposal: Proposal, reviewed: Reviewed) -> Proposal:
    if reviewed.source is None or proposal.source != reviewed.source.key:
        return proposal
    return replace(proposal, doubts=tuple(doubt for doubt in proposal.doubts if doubt.code != "unknown_source"))


@dataclass
class _Session:
    path: Path
    portfolio: Portfolio
    lang: Lang
    today: date | None
    ask: Callable[[str], str]
    tell: Callable[[str], None]
    reviewed: Reviewed
    data: bytes

    def run(self, again: bool) -> None:
        order = [n for n, entry in enumerate(self.reviewed.entries) if again or _open(entry)]
        for unread in self.reviewed.unread:
            values = {"position": printable(unread.position), "quote": shown(unread.quote, _QUOTE), "why": unread.why}
            self.put("unread", **values)
        at = 0
        while at < len(order):
            self.show(order[at], at + 1, len(order))
            answer = self.answer()
            if answer == "quit":
                raise _Quit
            if answer == "back":
                at = max(0, at - 1)
            elif answer == "edit":
                self.edit(order[at])
            elif answer == "skip":
                self.decide(order[at], Decision.SKIP, None)
                at += 1
            elif self.accept(order[at]):
                at += 1

    def put(self, key: str, /, **values: object) -> None:
        self.tell(say(self.lang, f"intake.review.{key}", **values))

    def answer(self) -> str:
        """One of accept, edit, skip, back, quit; asked until it is one of them."""
        known = {
            letter: name
            for name in ("accept", "edit", "skip", "back", "quit")
            for letter in say(self.lang, f"intake.review.letters.{name}").split()
        }
        while True:
            text = self.ask(say(self.lang, "intake.review.ask")).strip().casefold()
            if text in known:
                return known[text]
            self.put("no_answer", found=shown(text))

    def show(self, n: int, number: int, of: int) -> None:
        entry = self.reviewed.entries[n]
        for line in lines(entry, self.portfolio, self.lang, number, of):
            self.tell(line)

    def accept(self, n: int) -> bool:
        """Accept a proposal, after a word of confirmation where there is a doubt of severity error about it."""
        proposal = self.reviewed.entries[n].proposal
        doubts = [doubt for doubt in proposal.doubts if doubt.severity is Severity.ERROR]
        if any(doubt.code in BLOCKING for doubt in doubts):
            self.put("blocked")
            return False
        if doubts:
            word = say(self.lang, "intake.review.sure")
            if self.ask(say(self.lang, "intake.review.confirm", word=word)).strip().casefold() != word.casefold():
                self.put("not_confirmed")
                return False
        self.decide(n, Decision.ACCEPT, Confirmed.all_of(proposal))
        return True

    def decide(self, n: int, decision: Decision, confirmed: Confirmed | None) -> None:
        self.replace(n, replace(self.reviewed.entries[n], decision=decision, confirmed=confirmed))

    def replace(self, n: int, entry: Entry) -> None:
        entries = list(self.reviewed.entries)
        touched = entries[n].proposal, entry.proposal
        entries[n] = entry
        self.reviewed = checked(replace(self.reviewed, entries=tuple(entries)), self.portfolio, self.today, touched)
        self.data = proposal_file.save(self.path, self.reviewed, self.data, self.lang)

    def edit(self, n: int) -> None:
        """Ask for every field; what is edited must be accepted anew.

        Whoever changes a field knows better than its reader, whose doubts about that field are then settled.
        """
        entry = self.reviewed.entries[n]
        self.put("edit_help", nothing=NOTHING)
        proposal = entry.proposal
        for name in FIELDS:
            if name == "section" and proposal.section and proposal.project != entry.proposal.project:
                proposal = replace(proposal, section=None)  # it is one of the other project
            if name in _OF_MONEY and proposal.stage is not None:
                changed: dict[str, Any] = {name: False if name in _KEPT else None}
            else:
                changed = {name: self.field(name, proposal)}
            proposal = replace(proposal, **changed)
        edited = {name for name in FIELDS if getattr(proposal, name) != getattr(entry.proposal, name)}
        if edited - _BESIDE:
            doubts = tuple(doubt for doubt in proposal.doubts if not edited & _about(doubt))
            proposal = replace(proposal, confidence=confidence_of(doubts), doubts=doubts)
        self.replace(n, replace(entry, proposal=proposal, decision=Decision.PENDING, confirmed=None))

    def field(self, name: str, proposal: Proposal) -> Any:
        """The new value of a field; asked until it can be read. Where there is a choice, it is shown with numbers."""
        value = getattr(proposal, name)
        choices = _choices(name, proposal, self.portfolio, self.reviewed.source, self.lang)
        if len(choices) > _LISTED:
            self.put("earlier", count=len(choices) - _LISTED)
        for number, (code, word) in list(enumerate(choices, 1))[-_LISTED:]:
            self.put("choice", number=number, word=word, code="" if code == word else f" ({code})")
        if choices:
            current = next((word for code, word in choices if code == _code(value)), _written(value, self.lang))
        else:
            current = _written(value, self.lang)
        prompt = say(self.lang, "intake.review.field", name=Word(f"intake.field.{name}"), value=current or NOTHING)
        while True:
            text = self.ask(prompt).strip()
            if not text or (text == NOTHING and name in _KEPT):
                return value
            if text == NOTHING:
                return None
            try:
                return _READERS[name](_chosen(text, choices) if choices else text)
            except LsinfraError as error:
                self.tell(error.write(self.lang))


def _open(entry: Entry) -> bool:
    """Whether a person must still decide: nobody has, or what was accepted is seriously doubted since.

    What is in the records is past deciding.
    """
    doubts = entry.proposal.doubts
    if entry.decision is not Decision.ACCEPT or any(doubt.code == "already_recorded" for doubt in doubts):
        return entry.decision is Decision.PENDING
    return any(doubt.severity is Severity.ERROR and not entry.settles(doubt) for doubt in doubts)


def _about(doubt: Doubt) -> frozenset[str]:
    """The fields that a reader's doubt is about: changing one of them settles it."""
    return next((fields for codes, fields in _ABOUT if doubt.code in codes), frozenset({"figure"}))


Choices = Sequence[tuple[str, str]]
"""What a field may be: the code that the records write, and the word a person reads."""


def _choices(name: str, proposal: Proposal, portfolio: Portfolio, new: NewSource | None, lang: Lang) -> Choices:
    """The choices of a field, in the order of their numbers; none where anything may be typed."""
    records = portfolio.records
    if name == "project":
        return [(project.id, shown(project.title.write(lang))) for project in records.projects]
    if name == "section":
        of = next((project for project in records.projects if project.id == proposal.project), None)
        return [(section.id, shown(section.unit)) for section in of.sections] if of else []
    if name == "source":
        listed = {key: source.title.write(lang) for key, source in records.sources.items()}
        if new is not None:
            listed.setdefault(new.key, new.title)
        return [(key, shown(title)) for key, title in listed.items()]
    if name == "added_after_september":
        return [(code, say(lang, f"intake.truth.{code}")) for code in _TRUTHS]
    codes: dict[str, type[Code]] = {"stage": Stage, "base": Base, "funding": Funding}
    return [(code.value, code.write(lang)) for code in codes.get(name, ())]


def _code(value: object) -> object:
    return list(_TRUTHS)[value] if isinstance(value, bool) else value


def _chosen(text: str, choices: Choices) -> str:
    """The code of a choice, by its code, its word or its number.

    Raises
    ------
    ReviewError
        It is none of them.
    """
    plain = folded(text)
    for at in (0, 1):  # a code first; then a word, if it is of one choice alone
        if len(found := [choice[0] for choice in choices if folded(choice[at]) == plain]) == 1:
            return found[0]
    if re.fullmatch("[0-9]{1,4}", plain) and 1 <= int(plain) <= len(choices):
        return choices[int(plain) - 1][0]
    raise ReviewError("no_such_choice", found=shown(text), last=len(choices))


def _year(text: str) -> int:
    if not re.fullmatch("[0-9]{4}", text) or not YEARS[0] <= int(text) < YEARS[1]:
        raise ReviewError("no_such_year", found=shown(text), low=YEARS[0], high=YEARS[1] - 1)
    return int(text)


def _day(text: str) -> PartialDate:
    """A date as a person writes it: 15/8/2024, tháng 10/2024, 2024-08-15."""
    try:
        return read_date(text)
    except QuantityError as error:
        if error.key != "date_spelling":
            raise
        return read_date(str(error.values["right"]))


_TRUTHS = {"no": False, "yes": True}
_READERS: dict[str, Callable[[str], Any]] = {
    "project": str,
    "section": str,
    "stage": Stage,
    "plan_year": _year,
    "base": Base,
    "funding": Funding,
    "added_after_september": _TRUTHS.__getitem__,
    "figure": read_figure,
    "observed": _day,
    "source": str,
    "note": str,
}


def _written(value: object, lang: Lang) -> str:
    """A field as it is typed in."""
    if value is None:
        return ""
    if isinstance(value, PartialDate):
        return value.write(lang) if lang == "vi" else value.iso
    return printable(str(value)) if isinstance(value, str | int) else write_figure(value)  # type: ignore[arg-type]


def lines(entry: Entry, portfolio: Portfolio, lang: Lang, number: int, of: int) -> list[str]:
    """What a reviewer is shown of one proposal: its place and words, its reading, what is recorded, the doubts."""
    proposal = entry.proposal
    found = last_before(recorded(portfolio.records).get(key_of(proposal), ()), proposal.observed)

    def line(key: str, /, **values: object) -> str:
        return say(lang, f"intake.review.{key}", **values)

    made = [
        "",
        line(
            "head", number=number, of=of, position=printable(proposal.position) or "–", confidence=proposal.confidence
        ),
        line("quote", quote=shown(proposal.quote, _QUOTE)),
        line("reading", what=what(proposal, portfolio, lang), figure=write_figure(proposal.figure)),
        line("dated", observed=proposal.observed or "–", source=shown(proposal.source or "–")),
        line("last", **_last(found)) if found else line("no_last"),
    ]
    if entry.edited:
        made.append(line("edited", read=entry.read or "–"))
    if proposal.note:
        made.append(line("note", note=shown(proposal.note, _QUOTE)))
    made += [line("doubt", severity=Word(f"word.severity.{d.severity.value}"), doubt=d) for d in proposal.doubts]
    if entry.decision is not Decision.PENDING:
        made.append(line("decided", decision=Word(f"intake.decision.{entry.decision.value}")))
    return made


def _last(found: Recorded) -> dict[str, object]:
    return {"figure": write_figure(found.figure), "observed": found.observed, "source": found.source}


def what(proposal: Proposal, portfolio: Portfolio, lang: Lang) -> str:
    """What a figure is of: “Lộc Bình · bàn giao mặt bằng · Nâng cấp Quốc lộ 4B”."""
    project = next((one for one in portfolio.records.projects if one.id == proposal.project), None)
    section = project.section(proposal.section) if project else None
    name = project.title.write(lang) if project else shown(proposal.project or "?")
    place = section.unit if section else shown(proposal.section) if proposal.section else say(lang, "word.whole")
    if proposal.stage:
        return " · ".join((name, place, proposal.stage.write(lang)))
    year = str(proposal.plan_year or say(lang, "intake.review.no_year"))
    base = proposal.base.write(lang) if proposal.base else say(lang, "intake.review.no_base")
    key = "money_added" if proposal.added_after_september else "money"
    parts = [name, say(lang, f"intake.review.{key}", year=year, base=base)]
    return " · ".join([*parts, *([proposal.funding.write(lang)] if proposal.funding else [])])
