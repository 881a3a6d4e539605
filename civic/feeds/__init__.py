"""Atom feeds: what is new, for people who read it with a program of their own."""
