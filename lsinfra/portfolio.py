"""The merge of records and routes: every section with its geometry, every place with its point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lsinfra import records as _records
from lsinfra import routes as _routes
from lsinfra.records import Records
from lsinfra.routes import Routes


@dataclass(frozen=True)
class Portfolio:
    """Records and routes of one root folder."""

    records: Records
    routes: Routes


def load(root: Path) -> Portfolio:
    """Read ``projects.yaml`` and ``geodata/`` under ``root``.

    Raises
    ------
    InputError, RunError
        Every fault of the records; without any, every fault of the geodata.
    """
    records = _records.load(root / _records.FILE)
    return Portfolio(records, _routes.load(root / "geodata", records.portfolio.metric_crs))
