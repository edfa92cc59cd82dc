"""The school: a library, courses whose lessons are completed by an answer or by being there, and certificates."""
