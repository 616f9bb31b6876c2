import React, { type ReactNode } from 'react';
import { Button } from '@grafana/ui';

interface Props {
  /** Whether the form was submitted and waits for the result. */
  busy: boolean;
  disabled: boolean;
  'data-testid': string;
  children: ReactNode;
}

/**
 * Submits the form of a dialog, once at a time. It stays enabled while it waits: a disabled button loses the focus, and if the
 * focus is outside of the dialog, Escape does not close it.
 */
export function SubmitButton({ busy, children, ...rest }: Props) {
  return (
    <Button
      {...rest}
      type="submit"
      aria-busy={busy}
      // Enter in a field of the form clicks this button too.
      {...(busy && { icon: 'spinner' as const, onClick: (event) => event.preventDefault() })}
    >
      {children}
    </Button>
  );
}
