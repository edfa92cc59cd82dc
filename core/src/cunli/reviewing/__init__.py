"""Cases that officials decide: reports, what was held back, appeals. One queue, one record, and what everybody may know of it."""
