"""Made-up towns of any size, to measure on."""
