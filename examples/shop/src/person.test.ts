import { attack } from './attack.ts';
import { formValues } from './person.ts';
import { startTraffic } from './traffic.ts';

describe('the traffic generator', () => {
  it.each(['http://192.0.2.1:8080', 'https://shop.example.com', 'http://127.0.0.1.example.com'])(
    'refuses %s',
    async (url) => {
      const refusal = 'traffic is only allowed to a shop on this machine';
      await expect(attack({ url, kind: 'spray', accounts: [] })).rejects.toThrow(refusal);
      await expect(startTraffic({ url, accounts: [], signal: AbortSignal.abort() })).rejects.toThrow(refusal);
    },
  );

  it('reads the values of a form', () => {
    const page = `<form method="post" action="/a"><input type="hidden" name="x" value="1" /></form>
      <form class="fields" method="post" action="/b"><input name="q" type="text" value="&lt;&amp;&#39;&quot;" required /></form>`;
    expect(formValues(page, '/b')).toEqual({ q: `<&'"` });
    expect(formValues(page, '/c')).toEqual({});
  });
});
