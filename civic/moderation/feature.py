"""Door plate of the room."""

from civic.core.feature import Feature

feature = Feature(name="moderation")
