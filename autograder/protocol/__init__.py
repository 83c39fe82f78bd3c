"""How grader and worker talk: frames of strict JSON and raw arrays over one private descriptor."""
