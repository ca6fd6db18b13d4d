"""OC4IDS 0.9.5, the Open Contracting for Infrastructure Data Standard: a portfolio out as a package, and back."""

from lsinfra.exchange.oc4ids.bringing import proposed
from lsinfra.exchange.oc4ids.codes import PREFIX
from lsinfra.exchange.oc4ids.founding import found
from lsinfra.exchange.oc4ids.reading import Package, read
from lsinfra.exchange.oc4ids.writing import Oc4idsError, Publication, newest, write

__all__ = ["PREFIX", "Oc4idsError", "Package", "Publication", "found", "newest", "proposed", "read", "write"]
