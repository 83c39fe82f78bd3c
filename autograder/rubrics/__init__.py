"""Checks that several assignments have in common; an assignment imports them into a module of its ``checks/``."""
