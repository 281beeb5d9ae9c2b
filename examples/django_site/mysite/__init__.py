"""An ordinary Django site. It does not know about djauth."""
