"""Posts, photos on them, comments, reactions, notices with read receipts, drafts. Files themselves belong to `media`."""
