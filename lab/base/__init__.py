"""What all rooms of the lab use: sound as arrays, and a clock that can run faster."""
