import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LABEL_ATTRIBUTES, LIMITS, SERVICE_NAME } from '@auditrail/core';
import { parseDurationMs } from '@auditrail/core/loki';
import { MIN_RETENTION_DAYS } from 'auditrail';
import { parse } from 'yaml';
import { z } from 'zod';

const levels = z.array(z.strictObject({ action: z.string(), attributes: z.array(z.string()) }));
const config = z
  .looseObject({
    server: z.looseObject({ grpc_server_max_recv_msg_size: z.int(), grpc_server_max_send_msg_size: z.int() }),
    ingester: z.looseObject({ max_chunk_age: z.string() }),
    limits_config: z.looseObject({
      otlp_config: z.strictObject({
        resource_attributes: z.strictObject({ ignore_defaults: z.boolean(), attributes_config: levels }),
        log_attributes: levels,
      }),
      shard_streams: z.looseObject({ time_sharding_ignore_recent: z.string() }),
      creation_grace_period: z.string(),
      max_line_size: z.string(),
      max_entries_limit_per_query: z.int(),
      max_query_length: z.string(),
      retention_period: z.string(),
    }),
  })
  .parse(parse(readFileSync(join(import.meta.dirname, 'loki.yaml'), 'utf8')));
const limits = config.limits_config;

it("only uses core's label attributes as labels", () => {
  const { resource_attributes, log_attributes } = limits.otlp_config;
  expect(resource_attributes.ignore_defaults).toBe(true);
  expect(resource_attributes.attributes_config).toEqual([{ action: 'index_label', attributes: [SERVICE_NAME] }]);
  const ofRecords = LABEL_ATTRIBUTES.filter((name) => name !== SERVICE_NAME);
  expect(log_attributes).toEqual([{ action: 'index_label', attributes: ofRecords }]);
});

it("allows entries and pages within core's limits", () => {
  expect(limits.max_line_size).toBe('1MB');
  expect(LIMITS.lineBytes).toBeLessThan(1_000_000);
  expect(limits.max_entries_limit_per_query).toBe(LIMITS.pageEntriesMax);
  expect(parseDurationMs(limits.max_query_length)).toBeGreaterThanOrEqual(LIMITS.querySpanMs);
  // A page of the reader's usual size fits into a message inside Loki, even with many entries of the maximum size.
  expect(config.server.grpc_server_max_recv_msg_size).toBeGreaterThan(LIMITS.lineBytes * 100);
  expect(config.server.grpc_server_max_send_msg_size).toBe(config.server.grpc_server_max_recv_msg_size);
});

it('keeps entries for a year, and never under 30 days', () => {
  expect(parseDurationMs(limits.retention_period)).toBe(365 * 86_400_000);
  expect(MIN_RETENTION_DAYS).toBe(30);
});

it('accepts each entry in its live stream or in a stream of late entries', () => {
  // In a live stream, one entry may be late by time_sharding_ignore_recent and another early by the grace period.
  const recent = parseDurationMs(limits.shard_streams.time_sharding_ignore_recent) ?? Infinity;
  const grace = parseDurationMs(limits.creation_grace_period) ?? Infinity;
  const window = (parseDurationMs(config.ingester.max_chunk_age) ?? 0) / 2;
  expect(recent + grace).toBeLessThanOrEqual(window);
});
