import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { ClipboardButton, Stack, useStyles2 } from '@grafana/ui';
import type { ExportSigner } from '../../data/keeper.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { testIds } from '../testIds.ts';

/** The public key to verify exports. It is shown here, because a key in the files themselves would prove nothing. */
export function SigningKey({ keyId, publicKey }: ExportSigner) {
  const styles = useStyles2(getStyles);
  return (
    <details data-testid={testIds.backgroundExports.signer}>
      <summary className={styles.summary}>
        {t('exports.key', 'Public key to verify these exports: {{keyId}}', { keyId, ...AS_TEXT })}
      </summary>
      <Stack direction="column" gap={1} alignItems="flex-start">
        <div>
          {t('exports.key-how', 'Save it as {{file}}, extract the download, and run:', {
            file: 'export-key.pub',
            ...AS_TEXT,
          })}{' '}
          <code>auditrail verify FOLDER --public-key keeper=export-key.pub</code>
        </div>
        <pre className={styles.key}>{publicKey}</pre>
        <ClipboardButton size="sm" variant="secondary" icon="copy" getText={() => publicKey}>
          {t('exports.key-copy', 'Copy the public key')}
        </ClipboardButton>
      </Stack>
    </details>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  summary: css({ color: theme.colors.text.secondary, cursor: 'pointer', marginBottom: theme.spacing(1) }),
  key: css({ margin: 0 }),
});
