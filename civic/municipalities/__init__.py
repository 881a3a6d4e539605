"""The municipalities of the platform, from Land to Gemeinde: place, settings, colours, address."""
