import React from 'react';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { SubmitButton } from './SubmitButton.tsx';

test('while busy, it keeps the focus and does not submit again, by click or by Enter in a field', async () => {
  const user = userEvent.setup();
  const sent = jest.fn((event: React.SyntheticEvent) => event.preventDefault());
  const form = (busy: boolean) => (
    <form onSubmit={sent}>
      <input aria-label="name" />
      <SubmitButton busy={busy} disabled={false} data-testid="send">
        Send
      </SubmitButton>
    </form>
  );
  const { rerender } = render(form(false));
  const button = screen.getByTestId('send');
  await user.click(button);
  expect(sent).toHaveBeenCalledTimes(1);

  rerender(form(true));
  expect(button).toBeEnabled();
  expect(button).toHaveFocus();
  await user.click(button);
  await user.type(screen.getByLabelText('name'), 'again{Enter}');
  expect(sent).toHaveBeenCalledTimes(1);

  rerender(form(false));
  await user.type(screen.getByLabelText('name'), '{Enter}');
  expect(sent).toHaveBeenCalledTimes(2);
});
