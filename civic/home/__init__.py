"""The first screen: what this is, what moves the place now, where to begin."""
