"""Which things a person wants to hear of again (Merkliste)."""
