"""What comes into the school from elsewhere: feeds that the county names, and courses as folders of Markdown."""
