/** The command was called in a way that cannot be followed; the message says what to give instead. */
export class UsageError extends Error {}
