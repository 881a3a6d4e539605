"""The trunk: what all things have in common, how they are listed, found and addressed."""
