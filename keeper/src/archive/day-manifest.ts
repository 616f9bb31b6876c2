import { sign, verify, type KeyObject } from 'node:crypto';
import { statementText } from '@auditrail/core';
import { z } from 'zod';
import { chainRange } from '../export/chain-ranges.ts';
import type { ManifestSigner } from '../export/signer.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();

const archivedChain = chainRange.extend({
  /** SHA-256 of the first entry's line. */
  firstSha256: sha256.optional(),
});

export type ArchivedChain = z.output<typeof archivedChain>;

/** The schema of a day's manifest. */
export const dayManifestSchema = z.looseObject({
  kind: z.literal('auditrail-archive-day'),
  version: z.literal(1),
  /** Of the Parquet file's columns. */
  schema: z.string(),
  tenant: z.string(),
  day: z.iso.date(),
  /** 1, and one more each time the day was archived again because entries had come late. */
  revision: z.int().min(1),
  previous: z.object({ revision: z.int(), manifestSha256: sha256, entries: z.int() }).optional(),
  archivedAt: time,
  /** Not deleted before. */
  keepUntil: time,
  entries: z.int().min(1),
  /** SHA-256 over the SHA-256s of all lines (32 bytes each), sorted. */
  linesSha256: sha256,
  firstTime: z.string(),
  lastTime: z.string(),
  file: z.object({
    name: z.string().regex(/^entries\.\d+\.parquet$/),
    bytes: z.int().min(0),
    sha256,
  }),
  chains: z.array(archivedChain),
  signature: z
    .strictObject({ algorithm: z.literal('ed25519'), keyId: z.string(), value: z.string().regex(/^[A-Za-z0-9_-]+$/) })
    .optional(),
});

/** What an archived day consists of, signed by the keeper. */
export type DayManifest = z.output<typeof dayManifestSchema>;

/** Separates these signatures from others of the same Ed25519 key. */
const SIGNED_AS = 'audit.archive.day';

/** The text of a manifest's file. */
export function signedManifest(manifest: Omit<DayManifest, 'signature'>, signer: ManifestSigner): string {
  // As it is read back: without undefined members.
  const plain = JSON.parse(JSON.stringify(manifest)) as Record<string, unknown>;
  const text = statementText(SIGNED_AS, plain);
  const value = sign(null, Buffer.from(text), signer.privateKey).toString('base64url');
  const signature = { algorithm: 'ed25519', keyId: signer.keyId, value };
  return `${JSON.stringify({ ...plain, signature }, undefined, 2)}\n`;
}

/** Whether a manifest, as it was read, has a valid signature of this key. */
export function isDaySignedBy(manifest: Record<string, unknown>, value: string, publicKey: KeyObject): boolean {
  const text = statementText(SIGNED_AS, manifest);
  return verify(null, Buffer.from(text), publicKey, Buffer.from(value, 'base64url'));
}
