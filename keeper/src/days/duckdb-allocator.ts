/**
 * Two arenas of DuckDB's allocator, as for two threads: each keeps freed memory for a second, and by default there are four for
 * each processor. It reads this variable when DuckDB is loaded. A value in the environment takes precedence.
 *
 * @see https://jemalloc.net/jemalloc.3.html#tuning
 */
process.env['DUCKDB_JE_MALLOC_CONF'] ??= 'narenas:2';
