"""Members who stand by households, and members who want to come back."""
