import { AuditError } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { cannotCheckTokens, isNoAnswer, isPermissionDenied } from './grafana-request.ts';

/** An error as text for users: what happened, and how to fix it. */
export interface Explanation {
  cause: string;
  remedy: string;
  /** The original message, for administrators. */
  detail?: string;
  /** Whether the error can be fixed on the configuration page. */
  configure: boolean;
}

/** Explains why entries could not be read. */
export function explainError(error: unknown): Explanation {
  const detail = error instanceof Error ? error.message : String(error);
  if (isPermissionDenied(error)) {
    return {
      cause: t('error.forbidden.cause', 'You do not have permission to read the audit log'),
      remedy: t(
        'error.forbidden.remedy',
        'Ask an administrator for the "Audit log reader" role. Admins have it by default.',
      ),
      configure: false,
    };
  }
  if (!(error instanceof AuditError)) {
    return {
      cause: t('error.unknown.cause', 'The audit log could not be read'),
      remedy: t('error.unknown.remedy', 'Try again. If it happens again, report it with the details below.'),
      detail,
      configure: false,
    };
  }
  if (cannotCheckTokens(error)) {
    return {
      cause: t('error.tokens.cause', 'The gateway cannot check the token'),
      remedy: t('error.tokens.remedy', 'Check that the gateway can read its token file (AUDITRAIL_GATEWAY_TOKENS).'),
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
            'Check that the gateway is running and that the Grafana server can reach it. Its address is on the configuration page.',
          ),
          detail,
          configure: true,
        }
      : {
          cause: t('error.unreachable.cause', 'Loki cannot be reached'),
          remedy: t('error.unreachable.remedy', 'Check that Loki is running. The gateway in front of it responded.'),
          detail,
          configure: false,
        };
  }
  switch (error.status) {
    case 401:
      return {
        cause: t('error.token.cause', 'The gateway does not recognize the token'),
        remedy: t(
          'error.token.remedy',
          'The token is wrong or was revoked. Enter the gateway address and a valid token on the configuration page.',
        ),
        detail,
        configure: true,
      };
    case 403:
      return {
        cause: t('error.refused.cause', 'The request was refused'),
        remedy: t(
          'error.refused.remedy',
          'The app needs a token with the grafana role: auditrail token create --for grafana. If the app reads through a data source, check your permission to query it.',
        ),
        detail,
        configure: true,
      };
    case 404:
      return {
        cause: t('error.not-found.cause', 'Loki was not found at this address'),
        remedy: t(
          'error.not-found.remedy',
          'Check the address on the configuration page, and check that the app is enabled.',
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
        remedy: t(
          'error.other.remedy',
          "Try again with a shorter time range. If the error persists, check Loki's log.",
        ),
        detail,
        configure: error.code === 'LOKI_ANSWER',
      };
  }
}

/** Explains why one of the app's own entries could not be written. */
export function explainWriteError(error: unknown): Explanation {
  const ofGateway =
    error instanceof AuditError &&
    (isNoAnswer(error) || cannotCheckTokens(error) || error.status === 401 || error.status === 403);
  if (ofGateway) return explainError(error);
  return {
    cause: t('error.write.cause', 'The collector did not accept the entry'),
    remedy: t(
      'error.write.remedy',
      'Check that the collector behind the gateway is running and that Loki accepts entries.',
    ),
    detail: error instanceof Error ? error.message : String(error),
    configure: true,
  };
}
