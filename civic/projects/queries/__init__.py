"""What is read about projects, one subject a file."""
