"""Jobs: rows written with the act that wants them, done afterwards by workers, at least once."""
