import React from 'react';
import type { IconName } from '@grafana/data';
import { Button } from '@grafana/ui';
import { PathLink } from '../PathLink.tsx';
import type { LinkOrReason } from './links.ts';

interface Props {
  link: LinkOrReason;
  icon: IconName;
  children: string;
  testId: string;
}

/** A link to another page of Grafana, or a disabled button that states why there is none. */
export function OptionalLink({ link, icon, children, testId }: Props) {
  return 'path' in link ? (
    <PathLink look="button" icon={icon} path={link.path} data-testid={testId}>
      {children}
    </PathLink>
  ) : (
    // Shown, not hidden, so that users learn what is missing. With its tooltip, it can be focused.
    <Button
      size="sm"
      variant="secondary"
      fill="text"
      icon={icon}
      disabled
      tooltip={link.reason}
      aria-label={`${children}: ${link.reason}`}
      data-testid={testId}
    >
      {children}
    </Button>
  );
}
