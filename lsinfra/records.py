"""``projects.yaml`` → records: what was published, by whom, as of when. Nothing is computed here.

Figures are read from the words the documents print (``366,55/640,28 ha, đạt 57,24%``) and stay exact. ``loader.load``
reads them from the file; after it nobody checks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    model_validator,
)

from lsinfra.codes import Authority, Base, Funding, Kind, Level, MilestoneKind, Party, Placed, SourceKind, Stage, Status
from lsinfra.fields import (
    FIGURE_SCHEMA,
    AnyFigures,
    At,
    FieldError,
    Id,
    Length,
    Money,
    PlanYear,
    SourceIds,
    StageFigures,
    Text,
    Truth,
    When,
    Year,
    chosen,
    figure_of,
    whole,
)
from lsinfra.quantities import Figure, Measure
from lsinfra.text import Lang

FILE = "projects.yaml"


class Record(BaseModel):
    """A table of the file; ``where`` is its line (``projects.yaml:11:5``)."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    _where: str = PrivateAttr(default="")

    @model_validator(mode="wrap")
    @classmethod
    def _keep_where(cls, data: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        record = handler(data)
        record._where = getattr(data, "where", "")
        return record

    @property
    def where(self) -> str:
        return self._where


class Title(Record):
    """A text in Vietnamese, and in English where it is translated. A plain text is the Vietnamese one."""

    vi: Text
    en: Text | None = None

    def write(self, lang: Lang) -> str:
        return (self.en if lang == "en" else None) or self.vi


def _titled(value: Any) -> Any:
    return value if isinstance(value, dict) else {"vi": value}


Titled = Annotated[Title, BeforeValidator(_titled, json_schema_input_type=Text | Title)]


class Settings(Record):
    """The portfolio as a whole. ``stale_after_days``: an observation older than this is marked stale."""

    title: Titled
    metric_crs: Annotated[Text, AfterValidator(str.strip)] = "EPSG:9215"
    stale_after_days: Annotated[int, whole(1, 100_000), WithJsonSchema({"type": "integer", "minimum": 1})] = 35


class Source(Record):
    """A document figures were taken from."""

    title: Titled
    kind: Annotated[SourceKind, chosen(SourceKind)]
    number: Text | None = None
    issuer: Titled | None = None
    date: When | None = None
    url: Text | None = None
    note: Titled | None = None


class Unit(Record):
    """An administrative unit; ``from_`` is its first day, None where nothing is said of it, ``until`` its last, None
    while it exists.
    """

    level: Annotated[Level, chosen(Level)]
    from_: When | None = Field(default=None, alias="from")
    until: When | None = None
    note: Titled | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ and self.until and self.from_.first_day > self.until.last_day:
            raise FieldError("unit_backwards", first=self.from_, last=self.until)
        return self


class Stretch(Record):
    """An interval of chainage on a route."""

    route: Id
    from_: At = Field(alias="from")
    to: At

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.from_ >= self.to:
            raise FieldError("backwards", start=self.from_, end=self.to)
        return self


def _stretch_beside(schema: dict[str, Any]) -> None:
    """``route, from, to`` may stand beside a section's id; see ``Section._one_stretch``."""
    schema["properties"] |= Stretch.model_json_schema()["properties"]
    schema["dependentRequired"] = {name: ["route", "from", "to"] for name in ("route", "from", "to")}


class Section(Record):
    """The part of a project under one administrative unit, on one stretch or several; without any it is on no map."""

    model_config = ConfigDict(json_schema_extra=_stretch_beside)

    id: Id
    unit: Text
    parts: tuple[Stretch, ...] = ()
    placed: Annotated[Placed, chosen(Placed)] = Placed.APPROXIMATE
    length: Length | None = None
    in_scope: Truth = True
    note: Titled | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_stretch(cls, data: Any) -> Any:
        """``route, from, to`` written beside the id are the section's only part."""
        if isinstance(data, dict) and "parts" not in data and {"route", "from", "to"} & set(data):
            stretch = {name: data[name] for name in ("route", "from", "to") if name in data}
            data = {name: value for name, value in data.items() if name not in stretch} | {"parts": [stretch]}
        return data


def _staged(record: Clearance | PlanTarget) -> Iterator[tuple[Stage, Figure]]:
    for stage in Stage:
        for figure in getattr(record, stage.value):
            yield stage, figure


def _measured_once(record: Clearance | PlanTarget) -> None:
    counted = Counter((stage, figure.measure) for stage, figure in _staged(record))
    for (stage, measure), times in counted.items():
        if times > 1:
            raise FieldError("measure_twice", stage=stage, measure=measure)


class Clearance(Record):
    """One dated observation of land clearance, of a section or (``section`` None) of the whole project."""

    as_of: When
    section: Id | None = None
    inventoried: StageFigures = ()
    approved: StageFigures = ()
    paid: StageFigures = ()
    handed_over: StageFigures = ()
    clear: StageFigures = ()
    handed_over_at: tuple[Stretch, ...] = ()
    note: Titled | None = None
    source: Id

    @property
    def stages(self) -> Iterator[tuple[Stage, Figure]]:
        yield from _staged(self)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.handed_over_at and not self.handed_over:
            raise FieldError("places_alone")
        if not any(True for _ in self.stages):
            raise FieldError("no_stage", expected=", ".join(Stage))
        _measured_once(self)
        return self


class Disbursement(Record):
    """What was disbursed of one plan year's capital by a date, cumulative, against a named base.

    ``added_after_september``: capital added to the plan after 30 September, which runs to 31 December of the next year
    and not to its 31 January (Luật Đầu tư công 58/2024/QH15, Art. 72).
    """

    as_of: When
    plan_year: PlanYear
    base: Annotated[Base, chosen(Base)]
    total: Money
    funding: dict[Annotated[Funding, chosen(Funding)], Money] = {}
    added_after_september: Truth = False
    note: Titled | None = None
    source: Id


class PlanTarget(Record):
    """What a published plan says is to be reached by a date: land, of a section or (``section`` None) of the whole
    project, and money, cumulative for a plan year against a base (``plan_year``, ``base``, ``disbursed`` together).
    """

    by: When
    section: Id | None = None
    inventoried: StageFigures = ()
    approved: StageFigures = ()
    paid: StageFigures = ()
    handed_over: StageFigures = ()
    clear: StageFigures = ()
    plan_year: PlanYear | None = None
    base: Annotated[Base, chosen(Base)] | None = None
    disbursed: Money | None = None
    note: Titled | None = None
    source: Id

    @property
    def stages(self) -> Iterator[tuple[Stage, Figure]]:
        yield from _staged(self)

    @property
    def money(self) -> tuple[int, Base, Figure] | None:
        """Plan year, base and what is to be disbursed of it by then; None where the target is of land alone."""
        if self.plan_year is None or self.base is None or self.disbursed is None:
            return None
        return self.plan_year, self.base, self.disbursed

    @model_validator(mode="after")
    def _aims_at_something(self) -> Self:
        names = ("plan_year", "base", "disbursed")
        absent = [name for name in names if getattr(self, name) is None]
        if absent and len(absent) < len(names):
            raise FieldError("money_half", expected=", ".join(names), absent=", ".join(absent))
        if self.money and self.section is not None:
            raise FieldError("money_of_section")
        if not self.money and not any(True for _ in self.stages):
            raise FieldError("no_target", expected=", ".join(Stage))
        _measured_once(self)
        return self


class InvestmentPart(Record):
    """A part of the total investment; the percentage is the one stated."""

    party: Annotated[Party, chosen(Party)]
    amount: Money
    note: Titled | None = None


class Investment(Record):
    """Total investment and its parts, as one source gives them."""

    total: Money
    parts: tuple[InvestmentPart, ...] = ()
    note: Titled | None = None
    source: Id


class LengthClaim(Record):
    """A published length of the whole project, or of one of its routes."""

    value: Length
    route: Id | None = None
    as_of: When | None = None
    note: Titled | None = None
    source: Id | None = None


def _claims(value: Any) -> Any:
    return [{"value": value}] if isinstance(value, str) else value


Lengths = Annotated[
    tuple[LengthClaim, ...],
    BeforeValidator(_claims, json_schema_input_type=Length | tuple[LengthClaim, ...]),
]


class Milestone(Record):
    """A dated event or decision."""

    title: Titled
    kind: Annotated[MilestoneKind, chosen(MilestoneKind)]
    date: When
    number: Text | None = None
    planned: Truth = False
    source: Id


class Issue(Record):
    """An obstacle (vướng mắc): where, whose, at which level it can be settled, who must act, since and by when."""

    text: Titled
    at: At | None = None
    route: Id | None = None
    section: Id | None = None
    owner: Text | None = None
    level: Annotated[Authority, chosen(Authority)] | None = None
    actor: Text | None = None
    raised: When | None = None
    due: When | None = None
    closed: When | None = None
    source: Id | None = None


class Years(Record):
    """First and last year of a project's implementation."""

    from_: Year = Field(alias="from")
    to: Year

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ > self.to:
            raise FieldError("years_backwards", first=self.from_, last=self.to)
        return self


class Project(Record):
    """A project under way: ``id``, ``title``, ``kind`` and ``status`` are required. ``short`` is for narrow places."""

    id: Id
    title: Titled
    short: Titled | None = None
    kind: Annotated[Kind, chosen(Kind)]
    status: Annotated[Status, chosen(Status)]
    note: Titled | None = None
    years: Years | None = None
    length: Lengths = ()
    routes: tuple[Id, ...] = ()
    sections: tuple[Section, ...] = ()
    clearance: tuple[Clearance, ...] = ()
    disbursement: tuple[Disbursement, ...] = ()
    plan: tuple[PlanTarget, ...] = ()
    investment: tuple[Investment, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    issues: tuple[Issue, ...] = ()

    @property
    def name(self) -> Title:
        """The short title, or the whole one where none is given."""
        return self.short or self.title

    def section(self, id: str | None) -> Section | None:
        return next((section for section in self.sections if section.id == id), None)


class Work(Record):
    """A proposal or a finished work: shown as context, never measured."""

    id: Id
    title: Titled
    kind: Annotated[Kind, chosen(Kind)]
    length: Length | None = None
    routes: tuple[Id, ...] = ()
    places: tuple[Id, ...] = ()
    note: Titled | None = None
    source: SourceIds


class IndicatorValue(Record):
    """One reading. Of a ``year``, or as of a date; ``estimate`` where the source calls it one."""

    year: Year | None = None
    as_of: When | None = None
    value: AnyFigures
    estimate: Truth = False
    source: Id

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.year is None and self.as_of is None:
            raise FieldError("undated")
        return self


class Target(Record):
    """What an indicator should reach by the end of a year."""

    value: Annotated[Figure, figure_of(*Measure), WithJsonSchema(FIGURE_SCHEMA)]
    by: Year
    source: Id


class Indicator(Record):
    """A programme measured by an indicator."""

    id: Id
    title: Titled
    observations: tuple[IndicatorValue, ...]
    target: Target | None = None
    note: Titled | None = None


class Signer(Record):
    """Who signs the report: on whose behalf (``TM. ỦY BAN NHÂN DÂN``), or for whom (``KT. GIÁM ĐỐC``), post, name."""

    on_behalf: Text | None = None
    post: Text | None = None
    name: Text | None = None


class Remark(Record):
    """A point of the report: of a project or (``project`` None) of all. In no report of a day after ``until``."""

    text: Titled
    project: Id | None = None
    until: When | None = None
    source: Id | None = None


def _remark(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Remarks = tuple[Annotated[Remark, BeforeValidator(_remark, json_schema_input_type=Text | Remark)], ...]


class Reporting(Record):
    """What the weekly report holds besides figures. What is left out is a dotted line to be filled in by hand.

    ``authority`` is the body above ``issuer``; ``number`` holds an ellipsis where the running number comes
    (``…/BC-SXD``); ``decisions`` are what is asked of the leaders.
    """

    authority: Text | None = None
    issuer: Text | None = None
    number: Text | None = None
    place: Text | None = None
    recipients: tuple[Text, ...] = ()
    signature: Signer = Signer()
    decisions: Remarks = ()
    next_week: Remarks = ()
    proposals: Remarks = ()


class Records(Record):
    """The whole file."""

    portfolio: Settings
    report: Reporting = Reporting()
    sources: dict[Id, Source] = {}
    units: dict[Text, Unit] = {}
    projects: tuple[Project, ...] = ()
    proposals: tuple[Work, ...] = ()
    finished: tuple[Work, ...] = ()
    indicators: tuple[Indicator, ...] = ()
