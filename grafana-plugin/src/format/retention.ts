const UNIT_DAYS: Record<string, number> = {
  y: 365,
  w: 7,
  d: 1,
  h: 1 / 24,
  m: 1 / 1440,
  s: 1 / 86_400,
  ms: 1 / 86_400_000,
};

/** Days of a duration in Loki's format: `365d`, `8760h0m0s`, `1y`; 0 is unlimited. `undefined` if it is not a duration. */
export function retentionDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|[ywdhms]))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[ywdhms])/g)];
  const days = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_DAYS[unit ?? ''] ?? 0), 0);
  return Math.round(days * 10) / 10;
}
