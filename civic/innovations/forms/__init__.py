"""Shape of what people send about innovations; one subject a file."""
