"""Pages that the law asks for (imprint, privacy, accessibility) and the way to report a barrier."""
