"""Pages of the register; one subject a file, all on one blueprint."""

from flask import Blueprint

bp = Blueprint("innovations", __name__, url_prefix="/innovationen")
