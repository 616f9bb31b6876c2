/** One number of a `/metrics` answer. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?\s*/gy;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const [whole, name = '', value = ''] of text.matchAll(LABEL)) {
    labels[name] = value.replace(/\\(.)/g, (escape, letter: string) => ESCAPES[letter] ?? escape);
    end += whole.length;
  }
  return end === text.trimEnd().length || end === text.length ? labels : undefined;
}

function parseValue(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

/**
 * Reads Prometheus' text format, as the collector and Loki serve it on `/metrics`.
 *
 * @param wanted only metrics whose name matches: Loki has thousands
 * @throws Error if a line is not of this format, so that another page is not mistaken for metrics without problems
 * @example parsePrometheusText('up{job="a"} 1\n') // [{ name: 'up', labels: { job: 'a' }, value: 1 }]
 */
export function parsePrometheusText(text: string, wanted = /^/): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, labelText = '', valueText = ''] = LINE.exec(line) ?? [];
    const labels = parseLabels(labelText);
    const value = parseValue(valueText);
    if (name === undefined || !labels || (Number.isNaN(value) && valueText !== 'NaN')) {
      throw new Error(`not a line of Prometheus' text format: ${line.slice(0, 100)}`);
    }
    if (wanted.test(name)) samples.push({ name, labels, value });
  }
  return samples;
}

/**
 * A metric in Prometheus' text format.
 *
 * @param samples values with their labels, which need no escape
 * @example metricText({ name: 'up', type: 'gauge', help: 'Whether it is up.' }, [['{job="a"}', 1]])
 */
export function metricText(
  { name, type, help }: { name: string; type: 'counter' | 'gauge'; help: string },
  samples: readonly (readonly [labels: string, value: number])[],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
