"""An encrypted local register of core technologies and the routes by which they could leak."""

__version__ = "0.1.0"
