"""SQLAlchemy over asyncpg."""

import asyncpg
import sqlalchemy

from scenario import version
from sqlalchemy_scenarios import of

version("SQLAlchemy", f"{sqlalchemy.__version__}, asyncpg {asyncpg.__version__}")
of("asyncpg")
