"""Parcel registers: land clearance computed from the parcels themselves, from one district to the nation.

A register (``register``) is a GeoParquet or GeoPackage file with a parcel a row: whose project it is, the stage it has
reached and since when, and its shape. ``kernel.measure`` is one pure function of some parcels, the administrative units
and the routes; what it gives can be added up (``kernel.combine``), so that the same kernel runs in memory, streamed
from the disk and on a cluster (``engines``). ``results.conclude`` says what the sums mean. No personal data enters.
"""
