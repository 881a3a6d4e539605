"""What whoever runs the platform sees and does: state of the house, backups, check-up."""
