"""Pictures and documents on any thing; an act, so it knows no thing by name."""
