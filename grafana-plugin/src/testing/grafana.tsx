import React, { type ReactNode } from 'react';
import { MemoryRouter, useLocation } from 'react-router-dom';
import { PersonalDataProvider } from '../components/PersonalData/PersonalData.tsx';

/** A router with an initial address, which renders its current address. The user may see personal data. */
export function At({ url, children }: { url: string; children: ReactNode }) {
  return (
    <MemoryRouter initialEntries={[url]} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
      <PersonalDataProvider mayRead mayRecord>
        {children}
      </PersonalDataProvider>
      <Address />
    </MemoryRouter>
  );
}

function Address() {
  const { pathname, search } = useLocation();
  return <output data-testid="address">{(pathname === '/' ? '' : pathname) + search}</output>;
}
