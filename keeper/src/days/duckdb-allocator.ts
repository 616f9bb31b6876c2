/**
 * DuckDB's allocator returns freed memory to the operating system at once: by default it keeps twice as much as is in use. It
 * reads this variable when DuckDB is loaded. A value in the environment takes precedence.
 *
 * @see https://jemalloc.net/jemalloc.3.html#tuning
 */
process.env['DUCKDB_JE_MALLOC_CONF'] ??= 'dirty_decay_ms:0,muzzy_decay_ms:0,narenas:2';
