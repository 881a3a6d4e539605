"""Ideas (Ideen): what residents propose, how it is supported and what became of it."""
