import React, { type ReactNode } from 'react';
import { MemoryRouter, useLocation } from 'react-router-dom';
import { PersonalDataProvider } from '../components/PersonalData/PersonalData.tsx';

/** A router at one address, which shows where it is, for a person who may see personal data. */
export function At({ url, children }: { url: string; children: ReactNode }) {
  return (
    <MemoryRouter initialEntries={[url]} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
      <PersonalDataProvider mayRead mayRecord>
        {children}
      </PersonalDataProvider>
      <Where />
    </MemoryRouter>
  );
}

function Where() {
  const { pathname, search } = useLocation();
  return <output data-testid="where">{(pathname === '/' ? '' : pathname) + search}</output>;
}
