"""A believable county to look at; never loaded in production."""
