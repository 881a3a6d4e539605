"""Projects: a team makes something of ideas; its work, its plan and its progress."""
