"""Hiding and restoring what breaks the rules, always with a reason, always by a named person."""
