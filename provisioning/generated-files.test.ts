import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { GENERATED_FILES } from './generated-files.ts';
import { PANEL_IDS } from './dashboards/panel-ids.ts';
import { PIPELINE_RULES } from './pipeline-rules.ts';
import { ALERT_RULES } from './rules.ts';

const read = (path: string) => readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const ALERTING = 'grafana/alerting/auditrail.yaml';
const OVERVIEW = 'grafana/dashboards/overview.json';

describe('the generated files', () => {
  // Compared by content, because the formatter changes the layout.
  it.each(Object.entries(GENERATED_FILES))('%s is up to date', async (path, text) => {
    const written = await read(path);
    if (path.endsWith('.tmpl')) {
      expect(written).toBe(text);
      return;
    }
    if (path.endsWith('.md')) {
      const content = (markdown: string) => markdown.replace(/-{3,}/g, '---').replace(/\s+/g, ' ').trim();
      expect(content(written)).toBe(content(text));
      return;
    }
    expect(parse(written)).toEqual(parse(text));
    if (path.endsWith('.yaml')) expect(written.split('\n').slice(0, 2)).toEqual(text.split('\n').slice(0, 2));
  });

  it('contain no dollar, which Grafana treats as an environment variable', () => {
    expect(GENERATED_FILES['notifications/grafana.yaml']).not.toContain('$');
    expect(GENERATED_FILES[ALERTING]).not.toContain('$');
  });

  it('link each rule to a panel of the dashboard', () => {
    const { panels } = JSON.parse(GENERATED_FILES[OVERVIEW] ?? '') as { panels: { id: number }[] };
    const ids = panels.map(({ id }) => id);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Object.values(PANEL_IDS));
    for (const { panel } of ALERT_RULES) expect(ids).toContain(panel);
  });
});

describe('the rules', () => {
  it('have ids that Grafana accepts', () => {
    for (const { id } of ALERT_RULES) expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(new Set(ALERT_RULES.map(({ id }) => id)).size).toBe(ALERT_RULES.length);
  });

  it('about the delivery of entries are in docs/alerts.md, and refer to an existing section', async () => {
    const docs = await read('../docs/alerts.md');
    for (const { id, docs: link } of PIPELINE_RULES) {
      expect(docs).toContain(`\`${id}\``);
      const [file = '', heading = ''] = link.split('#');
      const headings = (await read(`../${file}`)).match(/^#+ .*$/gm) ?? [];
      expect(headings.map((line) => line.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-'))).toContain(heading);
    }
  });
});
