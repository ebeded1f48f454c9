"""How good is it? Gold questions → figures."""
