import { nsToMs, parseTime } from '@auditrail/core';

// Facility 13, "log audit", and severity 5, notice: the message contains the severity of the entry.
const PRIORITY = 13 * 8 + 5;
// The header of our CEF needs no escaping, and rt is the first key.
const CEF_TIME = /^CEF:0\|(?:[^|]*\|){6}rt=(\d{1,15})/;

function timeOf(line: string): string {
  const cef = CEF_TIME.exec(line)?.[1];
  if (cef !== undefined) return new Date(Number(cef)).toISOString();
  if (!line.startsWith('{')) return '-';
  try {
    const { time, '@timestamp': stamp } = JSON.parse(line) as Record<string, unknown>;
    if (typeof time === 'number') return new Date(time).toISOString();
    const ns = parseTime(String(time ?? stamp));
    return ns === undefined ? '-' : new Date(nsToMs(ns)).toISOString();
  } catch (error) {
    // A line without a time is sent without one.
    if (error instanceof SyntaxError || error instanceof RangeError) return '-';
    throw error;
  }
}

/** A name that RFC 5424 allows in the header. */
const name = (text: string) => text.replace(/[^\x21-\x7e]/g, '_').slice(0, 48) || '-';

/**
 * A line of an export as one syslog message: RFC 5424, preceded by its length (octet counting of RFC 5425 and RFC 6587),
 * so that messages of any length and content stay whole.
 */
export function syslogFrame(line: string, host: string): Buffer {
  const header = `<${PRIORITY}>1 ${timeOf(line)} ${name(host)} auditrail ${process.pid} audit -`;
  const message = Buffer.from(`${header} ${line}`, 'utf8');
  return Buffer.concat([Buffer.from(`${message.length} `, 'ascii'), message]);
}
