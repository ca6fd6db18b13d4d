"""Snapshots: what was known at a date, kept for ever as one readable file each.

Two times stay apart: ``as_of`` is what the figures are of, ``taken`` when they were known. A file is named by the hash
of its bytes and is never overwritten; a correction is another file.
"""

from lsinfra.snapshots.looking import at
from lsinfra.snapshots.model import (
    SCHEMA,
    Besides,
    Input,
    KeptFinding,
    KeptProject,
    KeptSection,
    Snapshot,
    inputs,
    make,
    said,
    written,
)
from lsinfra.snapshots.store import (
    FOLDER,
    Entry,
    Recalled,
    StoreError,
    Taken,
    Unsound,
    Verified,
    entries,
    load,
    nearest,
    recall,
    take,
    verify,
)

__all__ = [
    "FOLDER",
    "SCHEMA",
    "Besides",
    "Entry",
    "Input",
    "KeptFinding",
    "KeptProject",
    "KeptSection",
    "Recalled",
    "Snapshot",
    "StoreError",
    "Taken",
    "Unsound",
    "Verified",
    "at",
    "entries",
    "inputs",
    "load",
    "make",
    "nearest",
    "recall",
    "said",
    "take",
    "verify",
    "written",
]
