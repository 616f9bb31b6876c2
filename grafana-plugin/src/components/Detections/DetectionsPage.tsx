import React, { useCallback, useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { msToNs } from '@auditrail/core';
import { detectionRules, parseSettings, type Rule } from '@auditrail/core/detections';
import type { TimeRange } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { Alert, Button, EmptyState, Stack, Text } from '@grafana/ui';
import type { Trail } from '../../data/trail.ts';
import { viewPath } from '../../links/page.ts';
import { useTrail } from '../../state/use-trail.ts';
import { ReadError } from '../AuditPage/ReadError.tsx';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { browserBacktester, type Backtester } from './backtest.ts';
import { coverageOf, entriesToRead, type Seen } from './coverage.ts';
import { Families } from './Family.tsx';
import { isShown, parseChoice, printChoice, type Choice, type RuleState } from './choice.ts';
import { Controls } from './Controls.tsx';
import { keeperBacktester } from './keeper-tests.ts';
import { useBacktests } from './use-backtests.ts';
import { useRulesInUse, type KeeperRules } from './use-rules-in-use.ts';
import { useSeen } from './use-seen.ts';

const DAYS_MS = 30 * 24 * 3_600_000;
/** Rules that read at most so many entries are tested without being asked. */
const FEW_ENTRIES = 5_000;

const RULES = detectionRules(parseSettings({}));
const EVERYTHING = {};
const NOTHING_SEEN: Seen = {};

function withSettings(keeperRules: KeeperRules): readonly Rule[] {
  if (!keeperRules) return RULES;
  return RULES.map((rule) => {
    const inUse = keeperRules.get(rule.id);
    return inUse ? { ...rule, condition: inUse.condition, thresholds: inUse.thresholds } : rule;
  });
}

function last30Days(): TimeRange {
  const end = msToNs(Date.now());
  return { start: end - msToNs(DAYS_MS), end };
}

/** The page with all rules of the catalogue: whether they can fire in this trail, and when they would have fired. */
export default function DetectionsPage({ trail, hasKeeper }: { trail: Trail; hasKeeper: boolean }) {
  const [range, setRange] = useState(last30Days);
  const refresh = () => setRange(last30Days());
  return (
    <PluginPage
      pageNav={{ text: t('detections.title', 'Audit log detections') }}
      subTitle={t('detections.subtitle', 'The alert rules, and when they would have fired in the last 30 days')}
      actions={
        <Stack gap={1}>
          <Button variant="secondary" size="sm" icon="sync" onClick={refresh}>
            {t('detections.refresh', 'Refresh')}
          </Button>
          <PathLink look="bordered" icon="arrow-left" path={viewPath({})}>
            {t('entry.back', 'Audit log')}
          </PathLink>
        </Stack>
      }
    >
      <div data-testid={testIds.detections.page}>
        <Detections trail={trail} hasKeeper={hasKeeper} range={range} onRetry={refresh} />
      </div>
    </PluginPage>
  );
}

interface Props {
  trail: Trail;
  hasKeeper: boolean;
  range: TimeRange;
  onRetry: () => void;
}

function Detections({ trail, hasKeeper, range, onRetry }: Props) {
  const [params, setParams] = useSearchParams();
  const choice = parseChoice(params);
  const choose = (change: Partial<Choice>) =>
    setParams(printChoice(params, { ...choice, ...change }), { replace: true });
  const source = useTrail(trail, EVERYTHING, range);
  const loaded = useSeen(source, range);
  const seen = loaded.state === 'done' ? loaded.value : NOTHING_SEEN;
  const inUse = useRulesInUse(hasKeeper);
  const isAsked = inUse.state === 'loading';
  const keeperRules = inUse.state === 'done' ? inUse.value : undefined;
  const rules = useMemo(() => withSettings(keeperRules), [keeperRules]);
  const createBacktester = useCallback(
    (): Backtester => (keeperRules ? keeperBacktester(range) : browserBacktester(source, range)),
    [keeperRules, source, range],
  );
  const tests = useBacktests(useMemo(() => (isAsked ? undefined : createBacktester()), [isAsked, createBacktester]));
  const { start } = tests;
  useEffect(() => {
    if (isAsked || loaded.state !== 'done') return;
    const isCheap = (rule: Rule) => (entriesToRead(rule, loaded.value) ?? Infinity) <= FEW_ENTRIES;
    start(keeperRules ? rules : rules.filter(isCheap));
  }, [isAsked, keeperRules, rules, loaded, start]);

  if (loaded.state === 'failed') return <ReadError error={loaded.error} onRetry={onRetry} />;
  const states = rules.map((rule): RuleState => {
    const test = tests.of(rule.id);
    const canFire = test?.state === 'done' ? test.result.canFire : undefined;
    return {
      ...{ rule, test, coverage: coverageOf(rule, seen, hasKeeper, canFire), toRead: entriesToRead(rule, seen) },
      isDisabled: keeperRules?.get(rule.id)?.isDisabled ?? false,
    };
  });
  const shown = states.filter((state) => isShown(state, choice));
  return (
    <Stack direction="column" gap={2}>
      {!hasKeeper && (
        <Alert severity="info" bottomSpacing={0} title={t('detections.no-keeper.title', 'No keeper')}>
          {t(
            'detections.no-keeper.text',
            'Rules that only the keeper can evaluate cannot fire, and late entries raise no alerts. The numbers below come from Loki, and rules with many entries are only tested on request.',
          )}
        </Alert>
      )}
      <Controls choice={choice} states={states} loading={loaded.state === 'loading'} onChoose={choose} />
      {shown.length === 0 ? (
        <EmptyState variant="not-found" hideImage message={t('detections.empty', 'No rules match these filters')} />
      ) : (
        <Families
          states={shown}
          open={choice.rule}
          onOpen={(rule) => choose({ rule })}
          onRun={(rule) => start([rule])}
          createBacktester={createBacktester}
        />
      )}
      <Text color="secondary" variant="bodySmall">
        {keeperRules
          ? t(
              'detections.settings-keeper',
              'The rules have the settings of the keeper (auditrail serve --detections), and are tested by it.',
            )
          : t(
              'detections.settings',
              'This page uses the default settings of the rules. Your changes in provisioning/detections.yaml apply to the generated rule files.',
            )}
      </Text>
    </Stack>
  );
}
