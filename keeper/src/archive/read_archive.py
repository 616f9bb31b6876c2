# Reads archived days with engines other than the keeper's, and prints what they contain as a line of JSON for each engine.
import hashlib
import json
import sys

import duckdb
import pyarrow.dataset
import pyarrow.parquet

folder = sys.argv[1]


def summary(lines, hashes, entries, days, columns):
    stated = sorted(bytes.fromhex(each) for each in hashes)
    computed = sorted(hashlib.sha256(line.encode()).digest() for line in lines)
    return {
        "entries": entries,
        "lines": hashlib.sha256(b"".join(computed)).hexdigest(),
        "hashes": hashlib.sha256(b"".join(stated)).hexdigest(),
        "days": days,
        "columns": columns,
    }


dataset = pyarrow.dataset.dataset(folder, format="parquet", partitioning="hive")
table = dataset.to_table(columns=["line", "line_sha256", "day", "time_ns", "revision"])
days = {}
for day in table["day"].to_pylist():
    days[str(day)] = days.get(str(day), 0) + 1
first = next(iter(sorted(dataset.files)))
schema = pyarrow.parquet.read_schema(first)
result = summary(table["line"].to_pylist(), table["line_sha256"].to_pylist(), table.num_rows, days, schema.names)
result["metadata"] = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items() if k.startswith(b"auditrail_")}
result["types"] = {name: str(schema.field(name).type) for name in ("time", "time_ns", "repeats", "line", "chain_seq", "revision")}
print(json.dumps(result))

source = f"read_parquet('{folder}/*/*/*.parquet', hive_partitioning = true)"
newest = f"SELECT * FROM {source} QUALIFY revision = max(revision) OVER (PARTITION BY tenant, day)"
rows = duckdb.sql(f"SELECT line, line_sha256, CAST(day AS VARCHAR), sha256(line) = line_sha256 FROM ({newest})").fetchall()
days = {}
for _, _, day, matches in rows:
    assert matches
    days[day] = days.get(day, 0) + 1
names = duckdb.sql(f"SELECT * EXCLUDE (tenant, day) FROM {source} LIMIT 0").columns
print(json.dumps(summary([row[0] for row in rows], [row[1] for row in rows], len(rows), days, names)))
