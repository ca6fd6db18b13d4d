"""The index: a database over the snapshots, made from their files and safe to delete.

``open_index`` opens one, ``Index.bring_up`` makes it hold what the folder does, ``Index.history`` and
``Index.changes`` are questions to it.
"""

from lsinfra.index.opening import FILE
from lsinfra.index.rows import Rows
from lsinfra.index.schema import CELLS, Cell, Held, IndexFault, MoneyRow, WideRow
from lsinfra.index.store import Brought, CellChange, Changes, History, Index, LandChange, MoneyChange, open_index

__all__ = [
    "CELLS",
    "FILE",
    "Brought",
    "Cell",
    "CellChange",
    "Changes",
    "Held",
    "History",
    "Index",
    "IndexFault",
    "LandChange",
    "MoneyChange",
    "MoneyRow",
    "Rows",
    "WideRow",
    "open_index",
]
