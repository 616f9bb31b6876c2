import { css } from '@emotion/css';
import { AppEvents, type GrafanaTheme2 } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { Alert, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';

interface Message {
  id: number;
  severity: 'success' | 'warning' | 'error';
  title: string;
  text: string;
}

const KINDS = [
  { event: AppEvents.alertSuccess, severity: 'success' },
  { event: AppEvents.alertWarning, severity: 'warning' },
  { event: AppEvents.alertError, severity: 'error' },
] as const;
const SHOWN_MS = 5_000;
let lastId = 0;

/** Shows the alerts that pages publish, in the corner, for five seconds. */
export function Alerts() {
  const styles = useStyles2(getStyles);
  const [messages, setMessages] = useState<Message[]>([]);
  const remove = (id: number) => setMessages((shown) => shown.filter((message) => message.id !== id));
  useEffect(() => {
    const subscriptions = KINDS.map(({ event, severity }) =>
      getAppEvents().subscribe({ type: event.name } as never, ({ payload }: { payload?: unknown }) => {
        const [title = '', text = ''] = Array.isArray(payload) ? payload.map(String) : [String(payload)];
        const id = ++lastId;
        setMessages((shown) => [...shown, { id, severity, title, text }]);
        setTimeout(() => remove(id), SHOWN_MS);
      }),
    );
    return () => subscriptions.forEach((subscription) => subscription.unsubscribe());
  }, []);
  return (
    <div className={styles.corner}>
      {messages.map(({ id, severity, title, text }) => (
        <Alert key={id} severity={severity} title={title} elevated onRemove={() => remove(id)}>
          {text}
        </Alert>
      ))}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  corner: css({
    position: 'fixed',
    top: theme.spacing(6),
    right: theme.spacing(2),
    width: 400,
    zIndex: theme.zIndex.portal,
  }),
});
