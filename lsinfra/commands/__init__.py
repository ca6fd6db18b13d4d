"""The bodies of the commands: load, one call of the library, emit. ``cli.py`` lists them."""
