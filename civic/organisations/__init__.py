"""Organisations: named groups of accountable people in whose name things are published."""
