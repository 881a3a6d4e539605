"""What a WSGI server loads."""

from civic.app import create_app

app = create_app()
