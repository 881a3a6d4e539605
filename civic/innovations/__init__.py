"""Innovations: the register of what was tried, its life cycle with gates and who took it over."""
