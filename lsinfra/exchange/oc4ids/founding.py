"""A package → a folder of its own: ``projects.yaml`` and ``geodata/``, loaded once before it gets its name."""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from lsinfra import files, portfolio
from lsinfra.alignments import metric
from lsinfra.errors import RunError, why
from lsinfra.exchange.oc4ids.notation import to_json
from lsinfra.exchange.oc4ids.reading import Package
from lsinfra.exchange.oc4ids.writing import Oc4idsError
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.records import FILE
from lsinfra.text import say
from lsinfra.yamlfile import Table

GEODATA = "geodata"
_YEAR, _DAY = re.compile("[1-9][0-9]{3}"), re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def found(package: Package, folder: Path, metric_crs: str | None = None) -> Portfolio:
    """Make a folder with the records and the routes of a package.

    Parameters
    ----------
    metric_crs
        What lengths are measured in, as ``EPSG:9215``, where the package does not say; None for what it says. Nothing
        is guessed: a box of degrees lies in several zones, and lengths of another zone are no longer those of the
        sections.

    Raises
    ------
    Oc4idsError
        Something stands where the folder is to be, nobody says what the lines are measured in, the package says
        another CRS than ``metric_crs``, or the records as a file would say something else.
    RouteError
        The metric CRS is none.
    InputError
        What the package draws is nothing that ``geodata/`` can hold.
    RunError
        The folder cannot be written.
    """
    package = _measured_in(package, metric_crs)
    folder = folder.resolve()
    part = folder.parent / f".{folder.name[: files.NAMED]}.{os.getpid()}-{secrets.token_hex(8)}.part"
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Oc4idsError("not_empty", path=folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        (part / GEODATA).mkdir()
        for name, text in contents(package).items():
            files.write_new(part / name, text.encode())
        whole = _loaded(part, package)
        files.settle(part / GEODATA, part)
        with suppress(FileNotFoundError):
            folder.rmdir()
        part.rename(folder)
        files.settle(folder.parent)
    except OSError as error:
        raise RunError("unwritable", path=folder, reason=why(error)) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return whole


def _loaded(part: Path, package: Package) -> Portfolio:
    """What the files say; never anything else than the package."""
    whole = portfolio.load(part)
    if whole.records.model_dump() != package.records.model_dump():
        raise Oc4idsError("not_the_same", path=package.name)
    return whole


def _measured_in(package: Package, metric_crs: str | None) -> Package:
    """The package with the metric CRS in its records."""
    said = package.drawn.metric_crs
    if metric_crs and said and metric(metric_crs).target_crs != metric(said).target_crs:
        raise Oc4idsError("crs_contradicts", path=package.name, found=shown(metric_crs), said=shown(said))
    crs = said or metric_crs
    if crs is None:
        if package.drawn.routes or package.drawn.places:
            raise Oc4idsError("crs_needed", path=package.name)
        return package
    metric(crs)
    settings = package.records.portfolio.model_copy(update={"metric_crs": crs})
    data = Table(package.data | {"portfolio": Table(package.data["portfolio"] | {"metric_crs": crs})})
    return replace(package, data=data, records=package.records.model_copy(update={"portfolio": settings}))


def contents(package: Package) -> dict[str, str]:
    """The files of the folder by their paths in it, the same text for the same package."""
    drawn = package.drawn
    made = {FILE: _yaml(package)}
    for name, features in (("routes", drawn.routes), ("places", drawn.places)):
        if features:
            made[f"{GEODATA}/{name}.geojson"] = _collection(feature for _, feature in sorted(features.items()))
    return made


def _yaml(package: Package) -> str:
    from ruamel.yaml import YAML

    data = _plain(package.data)
    yaml = YAML(pure=True)
    yaml.width, yaml.allow_unicode = 1_000_000, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(data, text)
    return f"# {say('vi', 'oc4ids.made_of', name=package.name, sha256=package.sha256)}\n" + text.getvalue()


def _plain(value: Any) -> Any:
    """Tables as plain dicts; years, days and truths as what is written without quotes: records read them as text."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if value == "true":
        return True
    if _YEAR.fullmatch(value):
        return int(value)
    with suppress(ValueError):
        return date.fromisoformat(value) if _DAY.fullmatch(value) else value
    return value


def _collection(features: Iterable[Any]) -> str:
    return to_json({"type": "FeatureCollection", "features": list(features)}) + "\n"
