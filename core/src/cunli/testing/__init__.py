"""The test kit: a real site on a real database, and visitors who open pages and send forms as people do."""
