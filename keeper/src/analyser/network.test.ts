import { networkOf } from './network.ts';
import { distanceKm, positionOf } from './travel.ts';

it.each([
  ['203.0.113.7', undefined, '203.0.0.0/16'],
  ['::ffff:203.0.113.7', undefined, '203.0.0.0/16'],
  ['2001:db8:85a3:1::7334', undefined, '2001:db8:85a3::/48'],
  ['2001:db8::1', '', '2001:db8:0::/48'],
  ['203.0.113.7', '64500', 'AS64500'],
  [undefined, 'AS64500', 'AS64500'],
  ['203.0.113.7', 'Example Telecom', '203.0.0.0/16'],
  ['not an address', undefined, undefined],
  ['999.0.0.1', undefined, undefined],
  [undefined, undefined, undefined],
])('the network of %s in %s is %s', (ip, asn, network) => {
  expect(networkOf(ip, asn)).toBe(network);
});

it('measures distances over ground', () => {
  const [berlin, tokyo] = [positionOf('52.52', '13.40'), positionOf('35.68', '139.69')];
  if (!berlin || !tokyo) throw new Error('no position');
  expect(Math.round(distanceKm(berlin, tokyo) / 10) * 10).toBe(8_920);
  expect(distanceKm(berlin, berlin)).toBe(0);
  expect(distanceKm({ lat: 0, lon: 179.9 }, { lat: 0, lon: -179.9 })).toBeLessThan(25);
});

it.each([
  ['91', '0'],
  ['0', '181'],
  ['x', '0'],
  ['', '0'],
  [undefined, '0'],
])('has no position for %s, %s', (lat, lon) => {
  expect(positionOf(lat, lon)).toBeUndefined();
});
