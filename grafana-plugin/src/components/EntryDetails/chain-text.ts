import type { ChainAround } from '@auditrail/core/verify';
import type { IconName } from '@grafana/data';
import { t } from '@grafana/i18n';

/** The result of a check of a chain, as text. The findings are listed beside it. */
export interface ChainText {
  icon: IconName;
  tone: 'good' | 'bad' | 'plain';
  title: string;
  text?: string;
}

const DAY_MS = 86_400_000;

/** The text for the result of a check of the chain around an entry. */
export function chainText(report: ChainAround): ChainText {
  switch (report.state) {
    case 'holds':
      return {
        icon: 'shield',
        tone: 'good',
        title: t('integrity.holds', 'The chain is intact around this entry'),
        text: t(
          'integrity.holds-text',
          'Each of the {{compared}} compared entries contains the hash of the entry before it. None was changed, and none is missing between them.',
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
              'A shorter retention period of some channels also leaves such gaps. To check the whole stream, run auditrail verify.',
            )
          : t('integrity.broken-text', 'To check the whole stream, run auditrail verify.'),
      };
    case 'keyed':
      return {
        icon: 'lock',
        tone: 'plain',
        title: t('integrity.keyed', 'No problem found, but the hashes use a secret key'),
        text: t(
          'integrity.keyed-text',
          'The browser does not have the key. To check the hashes, run auditrail verify --key.',
        ),
      };
    case 'unchained':
      return {
        icon: 'minus-circle',
        tone: 'plain',
        title: t('integrity.unchained', 'This entry is not part of a chain'),
        text: t('integrity.unchained-text', "Only Loki's access rules protect it from changes."),
      };
    case 'undecided':
      return {
        icon: 'question-circle',
        tone: 'plain',
        title: t('integrity.undecided', 'The check of the chain is inconclusive here'),
        text: undecidedText(report),
      };
  }
}

function undecidedText({ before, after, searchedMs }: ChainAround): string {
  const days = Math.max(1, Math.round(searchedMs / DAY_MS));
  if (after === 'none') {
    return t('integrity.end', 'This is the last entry of its stream. Only a later entry would contain its hash.');
  }
  if (before === 'none') {
    return t('integrity.first', 'This is the first entry of its stream, and the next entry was not found.');
  }
  if (before === 'absent' && after === 'absent') {
    return t(
      'integrity.alone',
      'Neither the previous nor the next entry was found within {{days}} days. Retention may have removed them.',
      { days },
    );
  }
  return before === 'absent'
    ? t(
        'integrity.no-before',
        'This entry is unchanged. The previous entry was not found within {{days}} days. Retention may have removed it.',
        { days },
      )
    : t(
        'integrity.no-after',
        'The previous entry is unchanged. The next entry, which would contain the hash of this one, was not found. The newest entry of a stream does not have a next one yet.',
      );
}
