import { readFileSync } from 'node:fs';
import { ATTRIBUTES, LABEL_ATTRIBUTES, lokiName } from '@auditrail/core';
import { fieldStorage, FILTER_FIELDS } from '@auditrail/core/query';
import { inRoot } from '@auditrail/stack';
import { parse } from 'yaml';
import { z } from 'zod';
import { ACTOR } from '@auditrail/core/detections';

const schema = z.object({
  vars: z.object({ who: z.string(), summary: z.string(), labels: z.array(z.string()) }),
  transformations: z.array(
    z.object({
      id: z.string().optional(),
      type: z.string(),
      mapping: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
    }),
  ),
});
const text = readFileSync(inRoot('provisioning/sigma/auditrail.yaml'), 'utf8');
const { vars, transformations } = schema.parse(parse(text));
const mappingOf = (id: string) => transformations.find((item) => item.id === id)?.mapping ?? {};

describe('the Sigma pipeline', () => {
  it('knows the fields of the audit page', () => {
    const expected = FILTER_FIELDS.map((field) => {
      const { key, parts } = fieldStorage(field);
      return [field, parts ? parts.map((part) => part.key) : key];
    });
    // "operation" is the action of most products, and a field of its own in entries.
    const known = { ...mappingOf('page-fields'), ...mappingOf('auditrail-fields') };
    expect(known).toEqual(Object.fromEntries(expected));
  });

  it('only has attributes that entries have', () => {
    const attributes = [...Object.values(ATTRIBUTES), ...LABEL_ATTRIBUTES].map(lokiName);
    const own = ['who', 'actor', 'target', 'event_id', 'trace_id', 'span_id'];
    const targets = transformations
      .filter(({ type }) => type === 'field_name_mapping')
      .flatMap(({ mapping }) => Object.values(mapping ?? {}).flat());
    expect(targets.length).toBeGreaterThan(100);
    for (const target of [...targets, ...vars.labels]) {
      if (!target.startsWith('audit_scope_')) expect([...attributes, ...own]).toContain(target);
    }
  });

  it('names the actor, and makes values plain text, as the other rules do', () => {
    expect(`| label_format ${vars.who.replaceAll(/\s+/g, ' ')}`).toBe(ACTOR.replaceAll(/\s+/g, ' '));
    const rules = readFileSync(inRoot('provisioning/loki/rules/audit/auditrail.yaml'), 'utf8');
    const [insert] = /\{\{ \.Labels\.who( \|.*?) \}\}/.exec(rules)?.slice(1) ?? [];
    expect(vars.summary.split(`{{ .${insert} }}`)).toHaveLength(3);
  });
});
