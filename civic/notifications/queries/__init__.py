"""What is read of notices: who is concerned, what a person is told, what became of the mails."""
