/** Wrong use of a command; the message contains the remedy. */
export class UsageError extends Error {}
