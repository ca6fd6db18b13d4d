"""The weekly report: what it says (``contents``), as plain data (``model``), and the files it is written to."""
