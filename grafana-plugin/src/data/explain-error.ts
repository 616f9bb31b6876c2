import { AuditError } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { cannotCheckTokens, isNoAnswer, isPermissionDenied } from './grafana-request.ts';

/** An error in words for people: what happened, and what can be done. */
export interface Explanation {
  cause: string;
  remedy: string;
  /** The words of the part that refused, for whoever mends it. */
  detail?: string;
  /** Whether the configuration page is where it is mended. */
  configure: boolean;
}

/** Explains why entries could not be read. */
export function explainError(error: unknown): Explanation {
  const detail = error instanceof Error ? error.message : String(error);
  if (isPermissionDenied(error)) {
    return {
      cause: t('error.forbidden.cause', 'You may not read the audit log'),
      remedy: t('error.forbidden.remedy', 'Ask an administrator for the role "Audit log reader". Admins hold it.'),
      configure: false,
    };
  }
  if (!(error instanceof AuditError)) {
    return {
      cause: t('error.unknown.cause', 'The audit log could not be read'),
      remedy: t('error.unknown.remedy', 'Try again; if it happens again, report it with the detail below.'),
      detail,
      configure: false,
    };
  }
  if (cannotCheckTokens(error)) {
    return {
      cause: t('error.tokens.cause', 'The gateway cannot check the token'),
      remedy: t('error.tokens.remedy', 'Check that it can read its file of tokens (AUDITRAIL_GATEWAY_TOKENS).'),
      detail,
      configure: false,
    };
  }
  const busy = error.status === 503 || error.status === 504;
  if (error.code === 'LOKI_UNREACHABLE' && !busy) {
    return isNoAnswer(error)
      ? {
          cause: t('error.no-gateway.cause', 'The gateway cannot be reached'),
          remedy: t(
            'error.no-gateway.remedy',
            'Check that the gateway runs and that Grafana’s server can reach it; its address is on the configuration page.',
          ),
          detail,
          configure: true,
        }
      : {
          cause: t('error.unreachable.cause', 'Loki cannot be reached'),
          remedy: t('error.unreachable.remedy', 'Check that Loki runs; the gateway before it answered.'),
          detail,
          configure: false,
        };
  }
  switch (error.status) {
    case 401:
      return {
        cause: t('error.token.cause', 'The gateway does not know the token'),
        remedy: t(
          'error.token.remedy',
          'It is wrong or was revoked. Enter the gateway’s address and a valid token on the configuration page.',
        ),
        detail,
        configure: true,
      };
    case 403:
      return {
        cause: t('error.refused.cause', 'The request was refused'),
        remedy: t(
          'error.refused.remedy',
          'The app needs a token with the role grafana: auditrail token create --for grafana. With a data source, check your permission to query it.',
        ),
        detail,
        configure: true,
      };
    case 404:
      return {
        cause: t('error.not-found.cause', 'There is no Loki at this address'),
        remedy: t(
          'error.not-found.remedy',
          'Check the address on the configuration page, and that the app is enabled.',
        ),
        detail,
        configure: true,
      };
    case 400:
      return {
        cause: t('error.bad-query.cause', 'Loki refused the query'),
        remedy: t('error.bad-query.remedy', 'Change the filters or shorten the time range.'),
        detail,
        configure: false,
      };
    case 429:
    case 503:
    case 504:
      return {
        cause: t('error.busy.cause', 'Loki is too busy to answer'),
        remedy: t('error.busy.remedy', 'Shorten the time range or add a filter, then try again.'),
        detail,
        configure: false,
      };
    default:
      return {
        cause: t('error.other.cause', 'Loki answered with an error'),
        remedy: t('error.other.remedy', 'Try again with a shorter time range. If it stays, look into the log of Loki.'),
        detail,
        configure: error.code === 'LOKI_ANSWER',
      };
  }
}

/** Explains why an entry of the app's own could not be written. */
export function explainWriteError(error: unknown): Explanation {
  const ofGateway =
    error instanceof AuditError &&
    (isNoAnswer(error) || cannotCheckTokens(error) || error.status === 401 || error.status === 403);
  if (ofGateway) return explainError(error);
  return {
    cause: t('error.write.cause', 'The collector did not take the entry'),
    remedy: t('error.write.remedy', 'Check that the collector behind the gateway runs, and that Loki takes entries.'),
    detail: error instanceof Error ? error.message : String(error),
    configure: true,
  };
}
