import React, { type ReactNode } from 'react';

/** A text of the catalogue with its code between backticks as code. */
export function marked(text: string): ReactNode {
  return text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
}
