/** A position on Earth, in degrees. */
export interface Position {
  lat: number;
  lon: number;
}

const EARTH_KM = 6_371;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** The position that two texts state, if they do. */
export function positionOf(lat: string | undefined, lon: string | undefined): Position | undefined {
  if (!lat || !lon) return undefined;
  const position = { lat: Number(lat), lon: Number(lon) };
  return Math.abs(position.lat) <= 90 && Math.abs(position.lon) <= 180 ? position : undefined;
}

/** The shortest distance over ground, in kilometers (haversine formula). */
export function distanceKm(a: Position, b: Position): number {
  const half =
    Math.sin(radians(b.lat - a.lat) / 2) ** 2 +
    Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}
