import { actorText } from './actor-text.ts';

const grace = { type: 'user', id: '7', name: 'Grace', email: 'grace@example.com' } as const;
const bot = { type: 'agent', id: 'bot-1', agent: { name: 'support-bot' } } as const;

test.each<[string, Parameters<typeof actorText>[0]]>([
  ['Grace', { actor: grace }],
  ['grace@example.com', { actor: { ...grace, name: '' } }],
  ['7', { actor: { type: 'user', id: '7' } }],
  ['system', { actor: { type: 'system' } }],
  ['support-bot', { actor: bot }],
  ['Support', { actor: { ...bot, name: 'Support' } }],
  ['support-bot for Grace', { actor: bot, onBehalfOf: [grace] }],
  ['support-bot for planner for Grace', { actor: bot, onBehalfOf: [{ type: 'agent', id: 'planner' }, grace] }],
])('%s', (text, entry) => {
  expect(actorText(entry)).toBe(text);
});
