"""Core: what every room stands on. It knows no feature and no word of the domain."""
