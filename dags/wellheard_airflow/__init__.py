"""The joint between Airflow and the library: connections, waiting, notices, DAG defaults."""
