import { locationService } from '@grafana/runtime';
import { useState, useLayoutEffect, type ReactNode } from 'react';
import { Router, type Location, type NavigationType, type Navigator } from 'react-router';

interface Visit {
  location: Location;
  action: string;
}

// The part of the history that is used here. Its package has no types.
interface History extends Visit, Navigator {
  listen(listener: (location: Location, action: string) => void): () => void;
}

/** Connects the plugin's routes to the history of Grafana's `locationService`, so that both follow each navigation. */
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
