"""The merge of records and routes: what one root folder holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lsinfra import loader
from lsinfra import routes as _routes
from lsinfra.errors import Fault, InputError, RunError
from lsinfra.records import FILE, Project, Records, Settings
from lsinfra.routes import Routes


@dataclass(frozen=True)
class Portfolio:
    """Records and routes of one root folder."""

    records: Records
    routes: Routes

    def project(self, id: str) -> Project:
        """A project by its id.

        Raises
        ------
        RunError
            There is none of it; the error says which there are.
        """
        known = {project.id: project for project in self.records.projects}
        if id not in known:
            raise RunError("unknown_project", found=id, known=", ".join(known))
        return known[id]


def load(root: Path | str | None = None) -> Portfolio:
    """Read ``projects.yaml`` and ``geodata/`` under ``root``; None: the working folder or the nearest above it that has
    them, as the command line does.

    Raises
    ------
    InputError
        Every fault of the records and of the geodata.
    RunError
        The files are missing or cannot be read, or the metric CRS is unfit.
    """
    folder = loader.find_root() if root is None else Path(root)
    geodata = folder / "geodata"
    try:
        records = loader.load(folder / FILE)
    except InputError as error:
        raise InputError([*error.faults, *_also_wrong(geodata)]) from None
    return Portfolio(records, _routes.load(geodata, records.portfolio.metric_crs))


def _also_wrong(geodata: Path) -> tuple[Fault, ...]:
    """The faults of the geodata beside those of records whose own metric CRS cannot be told."""
    try:
        _routes.load(geodata, Settings.model_fields["metric_crs"].default)
    except InputError as error:
        return error.faults
    except RunError:
        pass
    return ()
