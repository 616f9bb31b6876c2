import React from 'react';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { forgetPreferences } from '../../state/preferences.ts';
import { DEFAULT_VIEW, type View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';
import { SavedViews } from './SavedViews.tsx';

const { views } = testIds;
const failed: View = {
  ...DEFAULT_VIEW,
  tab: 'tasks',
  filters: [{ field: 'outcome', operator: 'is', values: ['failure'] }],
};
beforeEach(() => {
  localStorage.clear();
  forgetPreferences();
});

const user = userEvent.setup();
async function manage() {
  await user.click(screen.getByTestId(views.menu));
  await user.click(await screen.findByText('Save or manage views…'));
}

test('ready-made views and those of the organization are there without set-up', async () => {
  const onChoose = jest.fn();
  const shared = [{ name: 'Refunds', query: '?action=order.refunded' }];
  render(<SavedViews view={DEFAULT_VIEW} shared={shared} onChoose={onChoose} />);
  await user.click(screen.getByTestId(views.menu));
  await user.click(await screen.findByText('Refunds'));
  expect(onChoose).toHaveBeenLastCalledWith({
    ...DEFAULT_VIEW,
    filters: [{ field: 'action', operator: 'is', values: ['order.refunded'] }],
  });
  await user.click(screen.getByTestId(views.menu));
  await user.click(await screen.findByText('What agents did'));
  const agents: View = {
    ...DEFAULT_VIEW,
    ...{ from: 'now-7d', to: 'now' },
    filters: [{ field: 'actorType', operator: 'is', values: ['agent'] }],
  };
  expect(onChoose).toHaveBeenLastCalledWith(agents);
  render(<SavedViews view={agents} onChoose={onChoose} />);
  expect(screen.getAllByTestId(views.menu).at(-1)).toHaveTextContent('What agents did');
}, 30_000);

test('views are saved, selected, renamed, overwritten, and deleted; they persist', async () => {
  const onChoose = jest.fn();
  const first = render(<SavedViews view={failed} onChoose={onChoose} />);
  await manage();
  await waitFor(() => expect(screen.getByTestId(views.name)).toHaveFocus());
  await user.type(screen.getByTestId(views.name), 'Failed <b>tasks</b>');
  await user.click(screen.getByTestId(views.save));
  await waitFor(() => expect(screen.queryByTestId(views.name)).not.toBeInTheDocument());
  await waitFor(() => expect(screen.getByTestId(views.menu)).toHaveTextContent('Failed <b>tasks</b>'));
  first.unmount();
  forgetPreferences();

  render(<SavedViews view={DEFAULT_VIEW} onChoose={onChoose} />);
  expect(screen.getByTestId(views.menu)).toHaveTextContent('Saved views');
  await user.click(screen.getByTestId(views.menu));
  await user.click(await screen.findByText('Failed <b>tasks</b>'));
  expect(onChoose).toHaveBeenCalledWith(failed);

  await manage();
  const name = await screen.findByRole('textbox', { name: 'Name of Failed <b>tasks</b>' });
  await user.clear(name);
  await user.type(name, 'Today{Enter}');
  await user.click(await screen.findByRole('button', { name: 'Overwrite' }));
  await waitFor(() => expect(screen.getByTestId(views.menu)).toHaveTextContent('Today'));
  await user.click(screen.getAllByRole('button', { name: 'Delete' })[0]!);
  await user.click(screen.getAllByRole('button', { name: 'Delete' }).at(-1)!);
  await waitFor(() => expect(screen.queryByTestId(views.row)).not.toBeInTheDocument());
  expect(screen.getByTestId(views.menu)).toHaveTextContent('Saved views');
}, 30_000);
