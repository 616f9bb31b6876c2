const DAY_MS = 86_400_000;

/** What the analyser looks for, and how much it remembers of each tenant. */
export interface AnalyserSettings {
  /** Actions that are sign-ins. */
  signIn: readonly string[];
  /** Days with entries that a tenant needs before anything counts as new or unusual. */
  learningDays: number;
  /** Earlier sign-ins that a person needs before a network counts as new; for a key, earlier uses. */
  learningSignIns: number;
  /** Days without a sign-in after which an account is dormant. */
  dormantDays: number;
  /** Travel is impossible if it is faster and farther than this. */
  travelKmh: number;
  travelKm: number;
  /** Days of the last 30 on which a person must have been active before an hour counts as unusual … */
  usualHoursDays: number;
  /** … and the distance, in hours, to the nearest hour of any of these days. */
  usualHoursMargin: number;
  /** One session from so many networks within `sessionMinutes`; one less if the user agents differ too. */
  sessionNetworks: number;
  sessionMinutes: number;
  /** Findings of one kind that are written in an hour; the rest is counted in one more. */
  findingsAnHour: number;
  /** Entries that are older on arrival may be too late for the ruler, in milliseconds. */
  lateMs: number;
  /** Late entries are judged when no more have arrived for so long … */
  settleMs: number;
  /** … or at the latest so long after the first, in milliseconds. */
  settleMaxMs: number;
  /** The evaluation interval of the ruler, and the time until an entry that arrived can be queried, in milliseconds. */
  rulerEveryMs: number;
  rulerDelayMs: number;
  /** Judged attacks that are remembered of each tenant. */
  maxEpisodes: number;
  /** Entries that are older on arrival are learned from, but not judged, in milliseconds. */
  judgedMs: number;
  /** Accounts, API keys and sessions that are remembered, of each kind. */
  maxProfiles: number;
}

export const ANALYSER_DEFAULTS: AnalyserSettings = {
  signIn: ['user.login', 'ssh.login'],
  learningDays: 14,
  learningSignIns: 5,
  dormantDays: 90,
  travelKmh: 900,
  travelKm: 500,
  usualHoursDays: 10,
  usualHoursMargin: 2,
  sessionNetworks: 3,
  sessionMinutes: 60,
  findingsAnHour: 20,
  lateMs: 75_000,
  settleMs: 5_000,
  settleMaxMs: 30_000,
  rulerEveryMs: 60_000,
  rulerDelayMs: 5_000,
  maxEpisodes: 10_000,
  judgedMs: 2 * DAY_MS,
  maxProfiles: 100_000,
};

/** Bounds of one profile. */
export const PROFILE_BOUNDS = { networks: 32, hourDays: 30, sessionSightings: 8 } as const;

/** Days with entries that are remembered of a tenant. */
export const TENANT_DAYS = 60;
