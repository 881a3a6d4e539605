"""The pages of municipalities: what lives in each, what lies below it, and its settings.

An outlook of its own, because a page of a municipality shows people and things, and those stand
on the floors above `municipalities`.
"""
