"""Those who run the platform: the handbook they have to know, and the tutors who go round and help."""
