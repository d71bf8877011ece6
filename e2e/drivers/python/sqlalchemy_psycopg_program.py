"""SQLAlchemy over psycopg."""

import psycopg
import sqlalchemy

from scenario import version
from sqlalchemy_scenarios import of

version("SQLAlchemy", f"{sqlalchemy.__version__}, psycopg {psycopg.__version__}")
of("psycopg")
