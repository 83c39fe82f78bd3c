"""Confinement of a worker process: layers, applied in the child after the fork and probed before they are called on."""
