import type { AuditEntryInput } from '@auditrail/core';

/** What a handler got and returned. */
export interface AuditedCall<Req = unknown> {
  /** The request of Express or Fastify; `undefined` for messages and sockets. */
  request: Req;
  /** The parameters of the route. */
  params: Readonly<Record<string, string>>;
  body: unknown;
  /** What the handler returned; `undefined` if it failed. */
  result: unknown;
}

type Fields = Omit<Partial<AuditEntryInput>, 'action' | 'outcome' | 'error'>;

/** Fields of an entry, or a function that returns them from the call. */
export type AuditedFields = Fields | ((call: AuditedCall) => Fields);

const AUDITED = '@auditrail/sdk/nestjs/audited';

/** Added to `Reflect` by the package reflect-metadata, which each Nest application loads. */
interface Metadata {
  defineMetadata(key: string, value: unknown, target: object): void;
  getMetadata(key: string, target: object): unknown;
}
const metadata = () => Reflect as unknown as Metadata;

/** What {@link Audit} leaves on a handler. */
export interface Audited {
  action: string;
  fields: AuditedFields;
}

/**
 * Records an entry for each call of a handler: its success before the response is sent, or its failure with the error. Needs
 * the `AuditInterceptor`.
 *
 * @example
 * ```ts
 * @Audit('order.refunded', ({ params }) => ({ target: { type: 'order', id: params.id } }))
 * @Post(':id/refund')
 * refund(@Param('id') id: string) { … }
 * ```
 */
export function Audit(action: string, fields: AuditedFields = {}): MethodDecorator {
  return (_prototype, _name, descriptor) => {
    metadata().defineMetadata(AUDITED, { action, fields }, descriptor.value as object);
  };
}

/** What {@link Audit} left on a handler; `undefined` for handlers without it. */
export function auditedBy(handler: object): Audited | undefined {
  return metadata().getMetadata(AUDITED, handler) as Audited | undefined;
}
