import type { GatewayInput } from '../../gateway-secret.ts';
import type { AppSettings, Configuration } from '../../settings.ts';

/** What the form edits: settings, and the gateway as it is typed. The stored gateway is not known here, only that there is one. */
export interface Draft {
  settings: AppSettings;
  gateway: GatewayInput;
  /** Whether the stored gateway stays in use: it was not reset. */
  keepsGateway: boolean;
}

/** What is wrong, by field. */
export type Problems = Partial<Record<keyof AppSettings | keyof GatewayInput, string>>;

/** What a group of fields is given. */
export interface FieldsProps {
  draft: Draft;
  /** Empty until saving was tried. */
  problems: Problems;
  onSettings: (change: Partial<AppSettings>) => void;
}

export const NO_GATEWAY: GatewayInput = { address: '', token: '' };

/** The form for a configuration that is stored. */
export function draftOf({ settings, hasGateway }: Configuration): Draft {
  return { settings, gateway: NO_GATEWAY, keepsGateway: hasGateway };
}
