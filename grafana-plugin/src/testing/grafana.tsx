import React, { type ReactNode } from 'react';
import { MemoryRouter, useLocation } from 'react-router-dom';

/** A router at one address, which shows where it is. */
export function At({ url, children }: { url: string; children: ReactNode }) {
  return (
    <MemoryRouter initialEntries={[url]} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
      {children}
      <Where />
    </MemoryRouter>
  );
}

function Where() {
  const { search } = useLocation();
  return <output data-testid="where">{search}</output>;
}
