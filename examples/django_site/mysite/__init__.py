"""An ordinary Django site. Nothing in it knows of djauth."""
