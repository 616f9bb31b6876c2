import React, { type ReactNode } from 'react';
import { Button } from '@grafana/ui';

interface Props {
  /** Whether what the form asked for is under way. */
  busy: boolean;
  disabled: boolean;
  'data-testid': string;
  children: ReactNode;
}

/**
 * Sends the form of a dialog, once at a time. It stays enabled meanwhile: a button that is disabled loses the focus, and
 * where the focus is outside of the dialog, Escape no longer closes it.
 */
export function SubmitButton({ busy, children, ...rest }: Props) {
  return (
    <Button
      {...rest}
      type="submit"
      aria-busy={busy}
      // Enter in a field of the form presses this button as well.
      {...(busy && { icon: 'spinner' as const, onClick: (event) => event.preventDefault() })}
    >
      {children}
    </Button>
  );
}
