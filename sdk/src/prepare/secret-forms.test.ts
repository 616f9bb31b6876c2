import { createRedactor } from './redact.ts';
import { SECRET_FORMS } from '../testing/secret-forms.ts';

const redactor = createRedactor({ replacement: '[redacted]' });
const MARKED = /«([^»]*)»/g;

test('the corpus is large enough to mean something', () => {
  expect(new Set(SECRET_FORMS.map(([form]) => form)).size).toBe(SECRET_FORMS.length);
  expect(SECRET_FORMS.length).toBeGreaterThanOrEqual(150);
});

test.each(SECRET_FORMS)('hides the secret of %j', (form) => {
  const text = form.replace(MARKED, '$1');
  const hidden = redactor.text(text);
  // A number or a list of JSON becomes a text there.
  expect(hidden.replace(/"\[redacted\]"/g, '[redacted]')).toBe(
    form.replace(MARKED, '[redacted]').replace(/"\[redacted\]"/g, '[redacted]'),
  );
  expect(redactor.text(hidden)).toBe(hidden);
});

test.each(SECRET_FORMS)('beside %j leaves %j', (_, near) => {
  expect(redactor.text(near)).toBe(near);
});
