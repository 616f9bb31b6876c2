import { locationService } from '@grafana/runtime';
import { useState, useLayoutEffect, type ReactNode } from 'react';
import { Router, type Location, type NavigationType, type Navigator } from 'react-router';

interface Visit {
  location: Location;
  action: string;
}

// What of the history is used here; its package has no types.
interface History extends Visit, Navigator {
  listen(listener: (location: Location, action: string) => void): () => void;
}

/** Gives the plugin's routes the history behind Grafana's `locationService`, so that both see each navigation. */
export function HistoryRouter({ children }: { children: ReactNode }) {
  const history = locationService.getHistory() as unknown as History;
  const [{ location, action }, setState] = useState<Visit>(() => history);
  useLayoutEffect(() => history.listen((next, how) => setState({ location: next, action: how })), [history]);
  return (
    <Router location={location} navigationType={action as NavigationType} navigator={history}>
      {children}
    </Router>
  );
}
