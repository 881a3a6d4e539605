"""The trunk of news: one row for each thing that happened, and the one signal of the program."""
