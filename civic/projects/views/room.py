"""The room's addresses hang on this blueprint; every file of views puts its own there."""

from flask import Blueprint

bp = Blueprint("projects", __name__, url_prefix="/projekte")
