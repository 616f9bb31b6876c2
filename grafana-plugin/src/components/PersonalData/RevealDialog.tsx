import React, { useId, useState, type SyntheticEvent } from 'react';
import { t } from '@grafana/i18n';
import { Alert, Button, Field, Modal, RadioButtonGroup, TextArea } from '@grafana/ui';
import { useLocation } from 'react-router-dom';
import { recordReveal, REASON_CHARS, whyNotRecorded } from '../../data/record-reveal.ts';
import { SubmitButton } from '../SubmitButton.tsx';
import { testIds } from '../testIds.ts';

/** How long a reveal of the whole page lasts. */
export const REVEAL_MINUTES = 15;

interface Props {
  /** The entry to reveal. Without it, the whole page is revealed. */
  entryId?: string;
  mayRecord: boolean;
  onRevealed: (entryId: string | undefined, until: number) => void;
  onDismiss: () => void;
}

/** Asks for a reason and records it in the log under the user's name. Reveals only if that succeeded. */
export function RevealDialog({ entryId, mayRecord, onRevealed, onDismiss }: Props) {
  const { search } = useLocation();
  const reasonId = useId();
  const [scope, setScope] = useState<'entry' | 'page'>(entryId === undefined ? 'page' : 'entry');
  const [reason, setReason] = useState('');
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>();

  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setWriting(true);
    setError(undefined);
    const id = scope === 'entry' ? entryId : undefined;
    const until = Date.now() + REVEAL_MINUTES * 60_000;
    try {
      await recordReveal({
        reason,
        view: search,
        ...(id === undefined ? { until: new Date(until) } : { entryId: id }),
      });
    } catch (caught) {
      setError(caught);
      setWriting(false);
      return;
    }
    onRevealed(id, until);
  };

  const why = error === undefined ? undefined : whyNotRecorded(error);
  return (
    <Modal isOpen title={t('reveal.title', 'Reveal personal data')} onDismiss={onDismiss}>
      <form onSubmit={onSubmit} data-testid={testIds.personal.dialog}>
        <p>
          {t(
            'reveal.text',
            'Email and IP addresses, sessions, devices, and user agents are masked. Revealing them is recorded in the audit log under your name, with your reason.',
          )}
        </p>
        {!mayRecord && (
          <Alert severity="warning" title={t('reveal.no-collector', 'Personal data cannot be revealed')}>
            {t(
              'reveal.no-collector-text',
              'The app cannot write entries because no gateway is configured. Ask an administrator to configure it.',
            )}
          </Alert>
        )}
        {entryId !== undefined && (
          <Field noMargin label={t('reveal.scope', 'What to reveal')}>
            <RadioButtonGroup
              fullWidth
              value={scope}
              onChange={setScope}
              options={[
                { value: 'entry', label: t('reveal.scope-entry', 'This entry') },
                {
                  value: 'page',
                  label: t('reveal.scope-page', 'Everything for {{minutes}} minutes', { minutes: REVEAL_MINUTES }),
                },
              ]}
            />
          </Field>
        )}
        <Field
          label={t('reveal.reason', 'Reason')}
          description={t(
            'reveal.reason-help',
            'For example, a ticket number. Everyone who reads the audit log sees it.',
          )}
        >
          <TextArea
            id={reasonId}
            value={reason}
            rows={2}
            maxLength={REASON_CHARS}
            autoFocus
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
            data-testid={testIds.personal.reason}
          />
        </Field>
        {why && (
          <Alert severity="error" title={why.cause} data-testid={testIds.personal.error}>
            {why.remedy}
          </Alert>
        )}
        <Modal.ButtonRow>
          <Button variant="secondary" fill="outline" onClick={onDismiss}>
            {t('reveal.cancel', 'Cancel')}
          </Button>
          <SubmitButton
            busy={writing}
            disabled={!mayRecord || reason.trim() === ''}
            data-testid={testIds.personal.confirm}
          >
            {scope === 'entry'
              ? t('reveal.confirm-entry', 'Reveal this entry')
              : t('reveal.confirm-page', 'Reveal for {{minutes}} minutes', { minutes: REVEAL_MINUTES })}
          </SubmitButton>
        </Modal.ButtonRow>
      </form>
    </Modal>
  );
}
