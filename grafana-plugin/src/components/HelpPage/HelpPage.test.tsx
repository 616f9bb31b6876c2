import React from 'react';
import { render, screen } from '@testing-library/react';
import { testIds } from '../testIds.ts';
import HelpPage from './HelpPage.tsx';
import { sectionHtml } from './section-html.ts';

jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<object>('@grafana/runtime'),
  PluginPage: ({ children }: { children: React.ReactNode }) => <main>{children}</main>,
}));

test('shows the findings and reasons of the documentation, without dead links', () => {
  render(<HelpPage />);
  const page = screen.getByTestId(testIds.page.help);
  expect(page).toHaveTextContent('collector: dropped after they were accepted');
  expect(page).toHaveTextContent('line_too_long');
  expect(page.querySelectorAll('table')).toHaveLength(2);
  expect(page.querySelectorAll('a')).toHaveLength(0);
});

test('a section ends before the next one', () => {
  const html = sectionHtml('# A\n\n## One\n\nfirst [text](x.md)\n\n## Two\n\nsecond\n', 'One');
  expect(html).toContain('first text');
  expect(html).not.toContain('second');
});
