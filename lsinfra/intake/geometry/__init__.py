"""Geometry files → the alignments and boundaries of ``geodata/``: read, put into WGS84, joined, shown, then written.

``planning.plan`` says everything that would change, ``store.commit`` writes it, ``store.restore`` takes it back.
"""
