import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const schema = z.object({
  service: z.object({
    extensions: z.array(z.string()),
    pipelines: z.record(
      z.string(),
      z.object({ receivers: z.array(z.string()).optional(), exporters: z.array(z.string()) }),
    ),
  }),
});
const read = (name: string) => schema.parse(parse(readFileSync(join(import.meta.dirname, name), 'utf8'))).service;
const base = read('collector.yaml');
const keeper = read('keeper.yaml');

it('keeper.yaml repeats the lists of collector.yaml, which it replaces', () => {
  expect(keeper.extensions.filter((name) => !name.endsWith('/keeper'))).toEqual(base.extensions);
  const received = Object.entries(base.pipelines).filter(([, { receivers }]) =>
    receivers?.some((name) => name.startsWith('otlp')),
  );
  expect(received.map(([name]) => name)).toEqual(['logs/direct', 'logs/queued', 'logs/grafana']);
  for (const [name, { exporters }] of received) {
    expect([name, keeper.pipelines[name]?.exporters]).toEqual([name, [...exporters, 'forward/keeper']]);
  }
});
