"""What is held about a person: handed over when they ask, erased when they close their account. Rooms and plugins bring the parts."""
