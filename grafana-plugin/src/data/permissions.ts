import { hasPermission } from '@grafana/runtime';
import { PERMISSIONS } from '../constants.ts';

/** Whether the user sees personal data without revealing it. */
export const mayReadPersonalData = (): boolean => hasPermission(PERMISSIONS.readPersonalData);

/** Whether the user may export. Files contain unmasked personal data, so that permission is required too. */
export const mayExport = (): boolean => hasPermission(PERMISSIONS.createExports) && mayReadPersonalData();
