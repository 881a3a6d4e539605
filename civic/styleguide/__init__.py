"""Every component in every state on one page, for those who build; not part of a production house."""
