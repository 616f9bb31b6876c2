export {
  GATEWAY_ROLES,
  newGatewayToken,
  parseGatewayToken,
  type GatewayGrant,
  type GatewayKey,
  type GatewayRole,
} from './gateway-token.ts';
export { GatewayTokenFile, tokenLine, type GatewayTokenRecord } from './token-file.ts';
export { GatewayTokenSet, type TenantTokens } from './token-set.ts';
