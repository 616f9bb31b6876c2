import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listNextRoutes } from './index.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'next-routes-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
}

test('lists the methods that route files export, and the files of pages/api', () => {
  write({
    'src/app/orders/route.ts': `export async function GET() {}\nexport async function POST(request: Request) {}`,
    'src/app/(shop)/orders/[id]/route.ts': `
      // export const DELETE = no;
      const PATCH = 1;
      export const PUT = route(async () => { const POST = PATCH; });`,
    'src/app/docs/[...slug]/route.js': `const handler = () => {};\nexport { handler as DELETE, handler as PATCH };`,
    'src/app/auth/route.ts': `export const { GET, POST } = handlers;`,
    'src/app/_lib/route.ts': `export const POST = 1;`,
    'src/app/orders/page.tsx': `export const POST = 1;`,
    'src/app/route.mts': `export function POST() {}`,
    'src/pages/api/carts/[id].ts': `export default function handler() {}`,
    'src/pages/api/carts/index.ts': `export default function handler() {}`,
  });
  expect(listNextRoutes(folder).map(({ method, route }) => `${method} ${route}`)).toEqual([
    'POST /',
    'ALL /api/carts',
    'ALL /api/carts/[id]',
    'POST /auth',
    'PATCH /docs/[...slug]',
    'DELETE /docs/[...slug]',
    'POST /orders',
    'PUT /orders/[id]',
  ]);
});

test('a folder without app and pages is refused', () => {
  expect(() => listNextRoutes(folder)).toThrow('has no folder app or pages');
});
