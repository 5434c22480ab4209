"""Loads that are disturbed in every way, against a far end that shares no code with the project."""
