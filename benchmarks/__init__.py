"""How fast lsinfra is, each time against a named peer in the same run: ``make bench``."""
