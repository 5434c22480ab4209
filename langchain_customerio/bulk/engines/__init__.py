"""Loading where one machine is not enough: on Ray Data and on Spark, which deal in Arrow tables (extra `files`)."""

from langchain_customerio.bulk.engines.loaders import Loader, RayLoader, SparkLoader
from langchain_customerio.bulk.engines.results import combine
from langchain_customerio.bulk.engines.rows import WHOLE_ROW
from langchain_customerio.bulk.options import EngineOptions

__all__ = ["WHOLE_ROW", "EngineOptions", "Loader", "RayLoader", "SparkLoader", "combine"]
