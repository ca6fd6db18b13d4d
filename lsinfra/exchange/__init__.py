"""Other people's formats: a portfolio out, and back in where the format can hold it."""
