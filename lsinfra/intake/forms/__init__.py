"""Weekly forms in Excel: written for each reporting unit, read back however saved, and tables of other layouts."""
