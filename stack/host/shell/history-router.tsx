import { locationService } from '@grafana/runtime';
import { useState, useLayoutEffect, type ReactNode } from 'react';
import { Router, type Location, type NavigationType, type Navigator } from 'react-router';

interface Visit {
  location: Location;
  action: string;
}

/** Gives the plugin's routes the history behind Grafana's `locationService`, so that both see each navigation. */
export function HistoryRouter({ children }: { children: ReactNode }) {
  const history = locationService.getHistory();
  const [{ location, action }, setState] = useState<Visit>(() => history);
  useLayoutEffect(
    () => history.listen((next: Location, how: string) => setState({ location: next, action: how })),
    [history],
  );
  return (
    <Router location={location} navigationType={action as NavigationType} navigator={history as Navigator}>
      {children}
    </Router>
  );
}
