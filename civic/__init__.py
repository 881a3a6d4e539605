"""Civic: residents, civil society and administrations produce social innovations together."""
