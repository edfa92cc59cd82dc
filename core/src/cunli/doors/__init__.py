"""Front doors: what plugins may do with the core's rooms, one narrow module for each. All of it is in `cunli.__all__`."""
