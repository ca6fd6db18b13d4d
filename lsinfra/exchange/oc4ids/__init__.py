"""OC4IDS 0.9.5, the Open Contracting for Infrastructure Data Standard: a portfolio written as a package, and read back."""

from lsinfra.exchange.oc4ids.codes import PREFIX
from lsinfra.exchange.oc4ids.writing import Publication, write

__all__ = ["PREFIX", "Publication", "write"]
