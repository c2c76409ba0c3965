"""What clients ask of a vendor besides sending."""
