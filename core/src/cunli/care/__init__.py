"""Care for personal data beyond export and erasure: consent by purpose, who looked at whose record, minors, how long things are kept."""
