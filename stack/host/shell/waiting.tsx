import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { Alert, useStyles2 } from '@grafana/ui';
import { useEffect, useState, type ReactNode } from 'react';

const ASK_EVERY_MS = 1_000;

/** Shows what the demo is waiting for until Loki and the collector run, then the page. */
export function OnceReady({ children }: { children: ReactNode }) {
  const styles = useStyles2(getStyles);
  const [waitingFor, setWaitingFor] = useState<string | null>(window.hostData.waitingFor ?? null);
  const waiting = waitingFor !== null;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => {
      getBackendSrv()
        .get<{ waitingFor: string | null }>('/host/waiting-for')
        .then((answer) => setWaitingFor(answer.waitingFor))
        // The demo was stopped. Its terminal shows why.
        .catch(() => setWaitingFor('The demo does not respond. Check that it is still running.'));
    }, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [waiting]);
  if (!waiting) return children;
  return (
    <div className={styles.around}>
      <Alert severity="info" title="Loki and the collector are not running yet">
        <p role="status">{waitingFor}</p>
        <p>
          You can use the shop now. Its entries wait in a spool on disk and appear on this page as soon as Loki and the
          collector are running.
        </p>
      </Alert>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({ around: css({ padding: theme.spacing(3) }) });
