import fc from 'fast-check';
import { html } from './html.ts';

describe('html', () => {
  it('escapes values, and keeps HTML and lists of HTML', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    expect(
      html`<ul title="${'"&\''}">
        ${items}${false}${undefined}${7}
      </ul>`.text.replace(/\s*\n\s*/g, ''),
    ).toBe('<ul title="&quot;&amp;&#39;"><li>a</li><li>&lt;b&gt;</li>7</ul>');
  });

  it('escapes all special characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>"\'&a/=;') }), (text) => {
        expect(html`${text}`.text).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});
