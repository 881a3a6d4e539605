"""Reading the register; one subject a file."""

from civic.innovations.queries.entries import get, project, state_of

__all__ = ["get", "project", "state_of"]
