"""What the standard library raises where a ZIP, or what is packed in it, is damaged."""

from __future__ import annotations

import lzma
import zipfile
import zlib

BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError, ValueError)
