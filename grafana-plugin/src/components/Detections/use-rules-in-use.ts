import { useCallback } from 'react';
import { AuditError } from '@auditrail/core';
import { useLoad, type Loaded } from '../../state/use-load.ts';
import { rulesInUse, type RuleInUse } from './keeper-tests.ts';

/** The rules with the keeper's settings; `undefined` if there is no keeper that can test rules. */
export type KeeperRules = ReadonlyMap<string, RuleInUse> | undefined;

export function useRulesInUse(hasKeeper: boolean): Loaded<KeeperRules> {
  return useLoad(
    useCallback(
      async (signal): Promise<KeeperRules> => {
        if (!hasKeeper) return undefined;
        try {
          return await rulesInUse(signal);
        } catch (error) {
          // One that is away, is older, or keeps no entries: the browser tests the rules.
          if (error instanceof AuditError) return undefined;
          throw error;
        }
      },
      [hasKeeper],
    ),
  );
}
