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

// A custom key and the name that tells what it holds; neither without the other.
function labelled(key: keyof CefExtension, label: string, value: string | undefined): CefExtension {
  return value ? { [key]: value, [`${key}Label`]: label } : {};
}

function addressOf(ip: string | undefined): CefExtension {
  const version = ip === undefined ? undefined : ipVersion(ip);
  if (version === 4) return { src: ip };
  return version === 6 ? labelled('c6a2', 'Source IPv6 Address', ip) : {};
}

// What has no key of its own in CEF.
function restOf(entry: AuditEntry): unknown {
  const { time, category, authContext, source, scope, request, trace, chain, actor } = entry;
  const ip = source?.ip && ipVersion(source.ip) === undefined ? source.ip : undefined;
  const groups = actor.groups;
  const { sessionId, deviceId } = source ?? {};
  return {
    time,
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
  const { actor, target, error, source, request } = entry;
  return {
    rt: ms(parseTime(entry.time)),
    externalId: entry.id,
    act: entry.action,
    cat: entry.channel,
    outcome: entry.outcome,
    reason: error && (error.code ? `${error.code}: ${error.message}` : error.message),
    // "E-mail addresses are also mapped into the user name fields."
    suser: actor.email || actor.name,
    suid: actor.id,
    ...(isAccount(target) && { duser: target.name || target.id, duid: target.id }),
    ...addressOf(source?.ip),
    requestMethod: request?.method,
    request: request?.endpoint,
    requestClientApplication: source?.userAgent,
    sourceServiceName: entry.service,
    deviceExternalId: entry.chain?.stream,
    ...labelled('cn1', 'httpStatus', asJson(request?.status)),
    ...labelled('flexString1', 'actorType', actor.type),
    ...labelled('flexString2', 'actorName', actor.name),
    ...labelled('cs1', 'targetType', target?.type),
    ...labelled('cs2', 'targetId', target?.id),
    ...labelled('cs3', 'targetName', target?.name),
    ...labelled('cs4', 'changes', asJson(entry.changes)),
    ...labelled('cs5', 'properties', asJson(entry.properties)),
    ...labelled('cs6', 'more', asJson(restOf(entry))),
    msg: entry.description,
  };
}

/**
 * ArcSight's Common Event Format, an event to a line, for SIEMs. What people wrote stands in the extension only: the header
 * has nothing that must be escaped, as some readers split it wrongly then.
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
      const header = { classId: 'unreadable', name: 'line that is no audit entry', severity: 5 };
      const { ns, line, problem } = exported;
      return `${cefLine(header, { rt: ms(ns), reason: problem, msg: line })}\n`;
    }
    const name = entry.action.replaceAll(/[._]/g, ' ');
    return `${cefLine({ classId: entry.action, name, severity: severityOf(entry) }, extensionOf(entry))}\n`;
  },
  tail: () => '',
};
