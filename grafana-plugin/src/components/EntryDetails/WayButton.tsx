import React from 'react';
import type { IconName } from '@grafana/data';
import { Button } from '@grafana/ui';
import { PathLink } from '../PathLink.tsx';
import type { Way } from './links.ts';

interface Props {
  way: Way;
  icon: IconName;
  children: string;
  testId: string;
}

/** A link to another place of Grafana; where there is no way, it is told why. */
export function WayButton({ way, icon, children, testId }: Props) {
  return 'path' in way ? (
    <PathLink look="button" icon={icon} path={way.path} data-testid={testId}>
      {children}
    </PathLink>
  ) : (
    // Told, not hidden: who looks for it learns what is missing. With a tooltip it stays in the order of focus.
    <Button
      size="sm"
      variant="secondary"
      fill="text"
      icon={icon}
      disabled
      tooltip={way.why}
      aria-label={`${children}: ${way.why}`}
      data-testid={testId}
    >
      {children}
    </Button>
  );
}
