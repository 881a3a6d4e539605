"""Who hears of what, and how: notices on the platform, mails at once and digests."""
