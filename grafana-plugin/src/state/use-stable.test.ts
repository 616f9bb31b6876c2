import { renderHook } from '@testing-library/react';
import { useStable } from './use-stable.ts';

test('keeps the object until its content changes', () => {
  const first = { filters: [{ values: ['a'] }] };
  const { result, rerender } = renderHook(useStable<unknown>, { initialProps: first });
  expect(result.current).toBe(first);
  rerender({ filters: [{ values: ['a'] }] });
  expect(result.current).toBe(first);
  const other = { filters: [{ values: ['b'] }] };
  rerender(other);
  expect(result.current).toBe(other);
});
