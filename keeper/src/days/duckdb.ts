// DuckDB is loaded only through this module: its allocator reads its options then.
import './duckdb-allocator.ts';

export * from '@duckdb/node-api';
