"""The pages as they would be now, for who is at work on the records: made anew at every save, shown to this machine.

Nothing is written: half a figure that somebody is typing never lies in ``maps/``, where others may take it for true.
"""
