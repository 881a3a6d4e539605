"""What people say about a thing: threads with one level of replies."""
