import React from 'react';
import { fireEvent, render, screen } from '@testing-library/react';
import { locationService } from '@grafana/runtime';
import { PathLink } from './PathLink.tsx';

test.each(['a+b', '50%', '%41', '&lt;b&gt;', 'a&b#c', '{a="b"} |~ ".+"', '\n', '%252B', 'javascript:alert(1)'])(
  'a value such as %j arrives as it was',
  (value) => {
    render(<PathLink path={`/a/x?${new URLSearchParams({ q: value })}`}>go</PathLink>);
    const link = screen.getByRole<HTMLAnchorElement>('link');
    expect(new URL(link.href).searchParams.get('q')).toBe(value);
    fireEvent.click(link);
    expect(locationService.getSearch().get('q')).toBe(value);
  },
);

test('the browser handles a click with a modifier key', () => {
  render(<PathLink path="/a/y">go</PathLink>);
  const before = locationService.getLocation();
  expect(fireEvent.click(screen.getByRole('link'), { ctrlKey: true })).toBe(true);
  expect(locationService.getLocation()).toEqual(before);
});

test.each(['javascript:alert(1)', '//evil.example', 'https://evil.example'])(
  '%s is not a path, so there is no link',
  (path) => {
    render(<PathLink path={path}>go</PathLink>);
    expect(screen.queryByRole('link')).not.toBeInTheDocument();
    expect(screen.getByText('go')).toBeVisible();
  },
);
