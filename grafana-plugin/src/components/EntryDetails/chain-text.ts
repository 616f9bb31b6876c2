import type { ChainAround } from '@auditrail/core/verify';
import type { IconName } from '@grafana/data';
import { t } from '@grafana/i18n';

/** What a check of a chain says, in words for people; the findings stand beside it. */
export interface ChainText {
  icon: IconName;
  tone: 'good' | 'bad' | 'plain';
  title: string;
  text?: string;
}

const DAY_MS = 86_400_000;

/** How a check of the chain around an entry reads. */
export function chainText(report: ChainAround): ChainText {
  switch (report.state) {
    case 'holds':
      return {
        icon: 'shield',
        tone: 'good',
        title: t('integrity.holds', 'The chain holds around this entry'),
        text: t(
          'integrity.holds-text',
          'Each of the {{compared}} entries compared bears the hash of the one before it: none of them was changed, none is missing between them.',
          { compared: report.compared },
        ),
      };
    case 'broken':
      return {
        icon: 'exclamation-triangle',
        tone: 'bad',
        title: t('integrity.broken', 'The chain is broken here'),
        text: report.findings.every(({ kind }) => kind === 'missing')
          ? t(
              'integrity.missing-text',
              'A shorter retention of some channels leaves such gaps as well. "auditrail verify" checks the whole stream.',
            )
          : t('integrity.broken-text', '"auditrail verify" checks the whole stream.'),
      };
    case 'keyed':
      return {
        icon: 'lock',
        tone: 'plain',
        title: t('integrity.keyed', 'Nothing wrong was seen, but the hashes are made with a secret key'),
        text: t(
          'integrity.keyed-text',
          'The browser does not have the key. It can be checked with "auditrail verify --key".',
        ),
      };
    case 'unchained':
      return {
        icon: 'minus-circle',
        tone: 'plain',
        title: t('integrity.unchained', 'This entry is in no chain'),
        text: t('integrity.unchained-text', 'Nothing but the access rules of Loki protects it from being changed.'),
      };
    case 'undecided':
      return {
        icon: 'question-circle',
        tone: 'plain',
        title: t('integrity.undecided', 'It cannot be decided whether the chain holds here'),
        text: undecidedText(report),
      };
  }
}

function undecidedText({ before, after, searchedMs }: ChainAround): string {
  const days = Math.max(1, Math.round(searchedMs / DAY_MS));
  if (after === 'none') {
    return t('integrity.end', 'It is the last entry of its stream: only an entry after it would bear its hash.');
  }
  if (before === 'none') {
    return t('integrity.first', 'It is the first entry of its stream, and the one after it was not found.');
  }
  if (before === 'absent' && after === 'absent') {
    return t(
      'integrity.alone',
      'Neither the entry before it nor the one after it was found within {{days}} days: they may have been removed by retention.',
      { days },
    );
  }
  return before === 'absent'
    ? t(
        'integrity.no-before',
        'The entry itself is what was written. The one before it was not found within {{days}} days: it may have been removed by retention.',
        { days },
      )
    : t(
        'integrity.no-after',
        'The entry before it is what was written. The one after it, which would bear its hash, was not found: the newest entry of a stream has none yet.',
      );
}
