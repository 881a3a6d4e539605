"""The directory of organisations: their list, and each with what it published."""
