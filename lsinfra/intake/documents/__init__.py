"""Documents in Vietnamese official prose: the figures they state, and what near a project was not understood."""
