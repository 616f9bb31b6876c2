import { testStack, uniqueTenant } from './test-stack.ts';

it('answers through the gateway', async () => {
  const { urls, tokens } = testStack();
  const response = await fetch(`${urls.gateway}/loki/api/v1/labels`, {
    headers: { Authorization: `Bearer ${tokens.read}`, 'X-Scope-OrgID': uniqueTenant('smoke') },
  });
  expect([response.status, await response.json()]).toEqual([200, { status: 'success' }]);
});
