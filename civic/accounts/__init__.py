"""People: accounts, their roles in municipalities, their sessions, and how they leave."""
