import { t } from '@grafana/i18n';
import type { SavedView } from './saved-view.ts';

/** A ready-made view, for everybody in the organization. */
export interface ReadyMadeView extends SavedView {
  id: string;
}

/** The ready-made views by role. They need no set-up. */
export function readyMadeViews(): Array<{ role: string; views: ReadyMadeView[] }> {
  const view = (id: string, name: string, query: string): ReadyMadeView => {
    return { id, name, query: `?from=now-7d&to=now&${query}` };
  };
  const signIns = 'action=user.login&action=ssh.login&action=user.mfa.challenged&action=user.locked&action=user.logout';
  return [
    {
      role: t('views.role.security', 'Security'),
      views: [
        view('sign-ins', t('views.sign-ins', 'Sign-ins of an account'), signIns),
        view(
          'failed-sign-ins',
          t('views.failed-sign-ins', 'Failed sign-ins'),
          'action=user.login&action=ssh.login&outcome=failure',
        ),
        view('denied', t('views.denied', 'Denied attempts'), 'event=denied'),
      ],
    },
    {
      role: t('views.role.privacy', 'Privacy'),
      views: [
        view('reads', t('views.reads', 'Reads of personal data'), 'action~=pii.read.'),
        view('exports', t('views.exports', 'Exports of data'), 'action~=export'),
        view(
          'reveals',
          t('views.reveals', 'Personal data revealed on this page'),
          'action=audit.personal_data.revealed',
        ),
      ],
    },
    {
      role: t('views.role.administration', 'Administration'),
      views: [
        view('rights', t('views.rights', 'Changes of rights'), 'event=granted&event=revoked'),
        view('settings', t('views.settings', 'Changes of settings'), 'action~=settings.'),
        view('agents', t('views.agents', 'What agents did'), 'actorType=agent'),
      ],
    },
  ];
}
