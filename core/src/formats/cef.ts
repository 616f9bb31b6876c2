import { actorText } from '../entry/actor-text.ts';
import type { AuditEntry } from '../entry/entry.ts';
import { nsToMs, parseTime } from '../time.ts';
import { isAccount } from './account.ts';
import { cefLine, type CefExtension } from './cef-line.ts';
import type { ExportFormat } from './export-format.ts';
import { ipVersion } from './ip-address.ts';
import { severityOf } from './severity.ts';
import { storedEntry } from './stored-entry.ts';

const asJson = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));
const ms = (ns: bigint | undefined) => (ns === undefined ? undefined : String(nsToMs(ns)));

// A custom key and the label that describes it; both or neither.
function withLabel(key: keyof CefExtension, label: string, value: string | undefined): CefExtension {
  return value ? { [key]: value, [`${key}Label`]: label } : {};
}

function addressOf(ip: string | undefined): CefExtension {
  const version = ip === undefined ? undefined : ipVersion(ip);
  if (version === 4) return { src: ip };
  return version === 6 ? withLabel('c6a2', 'Source IPv6 Address', ip) : {};
}

// CEF has one key for a reason: that of a failure takes precedence, and `more` has the other.
const errorText = ({ error }: AuditEntry) => error && (error.code ? `${error.code}: ${error.message}` : error.message);

// Fields without a CEF key. The first ones are those that people search for: a long text is cut at its end.
function restOf(entry: AuditEntry): unknown {
  const { time, category, authContext, source, scope, request, trace, chain, actor, onBehalfOf, related } = entry;
  const ip = source?.ip && ipVersion(source.ip) === undefined ? source.ip : undefined;
  const groups = actor.groups;
  const { version, model, runId } = actor.agent ?? {};
  const { sessionId, deviceId } = source ?? {};
  return {
    time,
    onBehalfOf,
    reason: errorText(entry) ? entry.reason : undefined,
    requestId: request?.id,
    agent: actor.agent && { version, model, runId },
    related,
    category,
    authContext,
    ip,
    sessionId,
    deviceId,
    groups,
    operation: request?.operation,
    scope,
    trace,
    chain,
  };
}

function extensionOf(entry: AuditEntry): CefExtension {
  const { actor, target, source, request } = entry;
  return {
    rt: ms(parseTime(entry.time)),
    externalId: entry.id,
    act: entry.action,
    cat: entry.channel,
    outcome: entry.outcome,
    reason: errorText(entry) || entry.reason,
    // "E-mail addresses are also mapped into the user name fields."
    suser: actor.email || actor.name || actor.agent?.name,
    suid: actor.id,
    sproc: actor.agent?.name,
    ...(isAccount(target) && { duser: target.name || target.id, duid: target.id }),
    ...addressOf(source?.ip),
    requestMethod: request?.method,
    request: request?.endpoint,
    requestClientApplication: source?.userAgent,
    sourceServiceName: entry.service,
    deviceExternalId: entry.chain?.stream,
    ...withLabel('cn1', 'httpStatus', asJson(request?.status)),
    ...withLabel('flexString1', 'actorType', actor.type),
    ...withLabel('flexString2', 'actorName', entry.onBehalfOf ? actorText(entry) : actor.name),
    ...withLabel('cs1', 'targetType', target?.type),
    ...withLabel('cs2', 'targetId', target?.id),
    ...withLabel('cs3', 'targetName', target?.name),
    ...withLabel('cs4', 'changes', asJson(entry.changes)),
    ...withLabel('cs5', 'properties', asJson(entry.properties)),
    ...withLabel('cs6', 'more', asJson(restOf(entry))),
    msg: entry.description,
  };
}

/**
 * ArcSight's Common Event Format, an event to a line, for SIEMs. Text of people is in the extension only: the header
 * needs no escaping, because some readers split an escaped header wrongly.
 */
export const cefFormat: ExportFormat = {
  id: 'cef',
  extension: 'cef',
  contentType: 'text/plain; charset=utf-8',
  needsEntry: true,
  separator: '',
  head: () => '',
  row(exported) {
    const entry = storedEntry(exported);
    if (!entry) {
      const header = { classId: 'unreadable', name: 'line that is not an audit entry', severity: 5 };
      const { ns, line, problem } = exported;
      return `${cefLine(header, { rt: ms(ns), reason: problem, msg: line })}\n`;
    }
    const name = entry.action.replaceAll(/[._]/g, ' ');
    return `${cefLine({ classId: entry.action, name, severity: severityOf(entry) }, extensionOf(entry))}\n`;
  },
  tail: () => '',
};
