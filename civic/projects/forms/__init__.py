"""Shape of what people send about projects, one subject a file."""
