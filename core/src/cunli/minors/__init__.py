"""Young people: who is not grown up yet, who answers for them, and who may look at what is held about them."""
