import { hasPermission } from '@grafana/runtime';
import { PERMISSIONS } from '../constants.ts';

/** Whether personal data is shown to this person without being asked for. */
export const mayReadPersonalData = (): boolean => hasPermission(PERMISSIONS.readPersonalData);

/** Whether this person may take the log away: a file holds personal data in full, so that permission is needed too. */
export const mayExport = (): boolean => hasPermission(PERMISSIONS.createExports) && mayReadPersonalData();
