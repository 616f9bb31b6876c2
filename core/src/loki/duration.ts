const UNITS_MS = {
  ...{ y: 31_536_000_000, w: 604_800_000, d: 86_400_000 },
  ...{ h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 },
} as const;
const PART = String.raw`\d+(?:\.\d+)?`;
// Longest unit first, as Go and Prometheus write it; only Go's units have fractions.
const DURATION = new RegExp(
  String.raw`^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:${PART}h)?(?:${PART}m)?(?:${PART}s)?(?:${PART}ms)?(?:${PART}[uµ]s)?(?:${PART}ns)?$`,
);

/**
 * Milliseconds of a duration as Go, Prometheus and Loki write it (`365d`, `744h0m0s`, `1.5s`, `0`), or `undefined`.
 *
 * @example parseDurationMs('8760h0m0s') === parseDurationMs('1y')
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (text === '' || !DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(/([\d.]+)([a-zµ]+)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS], 0);
}
