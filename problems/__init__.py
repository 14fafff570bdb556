"""The bundled problems, one file a problem."""
