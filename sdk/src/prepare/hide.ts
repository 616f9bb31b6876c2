/** Returns the replacement of a secret. */
export type Hide = (secret: string) => string;

/** The replacements by kind of secret. */
export interface Hiding {
  /** Passwords, and other secrets that could be guessed. */
  secret: Hide;
  /** Random credentials, recognized by their format: JSON Web Tokens, keys of services. */
  token: Hide;
  /** Ids of access keys. */
  keyId: Hide;
  card: Hide;
}
