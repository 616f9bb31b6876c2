import type { GatewayInput } from '../../gateway-secret.ts';
import type { AppSettings, Configuration } from '../../settings.ts';

/** The state of the form: settings, and the gateway as it is typed. Of a stored gateway, only its existence is known. */
export interface Draft {
  settings: AppSettings;
  gateway: GatewayInput;
  /** Whether the stored gateway is kept, because it was not reset. */
  keepsGateway: boolean;
}

/** Error messages by field. */
export type Problems = Partial<Record<keyof AppSettings | keyof GatewayInput, string>>;

/** Props of a group of fields. */
export interface FieldsProps {
  draft: Draft;
  /** Empty until the first attempt to save. */
  problems: Problems;
  onSettings: (change: Partial<AppSettings>) => void;
}

export const NO_GATEWAY: GatewayInput = { address: '', token: '' };

/** The initial form for a stored configuration. */
export function draftOf({ settings, hasGateway }: Configuration): Draft {
  return { settings, gateway: NO_GATEWAY, keepsGateway: hasGateway };
}
