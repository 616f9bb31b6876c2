import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A file in a folder, for {@link sendFile}. */
export interface Asset {
  root: string;
  path: string;
}

const ICONS = '/public/build/img/icons/';
const OWN_ICONS = join(import.meta.dirname, 'icons');

// The fonts that Grafana's global styles request, and the packages that contain them.
const FONTS: Record<string, string> = {
  'inter/Inter-Regular.woff2': '@fontsource/inter/files/inter-latin-400-normal.woff2',
  'inter/Inter-Medium.woff2': '@fontsource/inter/files/inter-latin-500-normal.woff2',
  'inter/Inter-Italic.woff2': '@fontsource/inter/files/inter-latin-400-italic.woff2',
  'inter/Inter-MediumItalic.woff2': '@fontsource/inter/files/inter-latin-500-italic.woff2',
  'roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2':
    '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2',
};

/**
 * The icon or font that Grafana's components request at `/public/`. Most icons are part of `@grafana/ui`; `icons/` has
 * replacements for the few that Grafana's own build adds.
 */
export function grafanaAsset(path: string): Asset | undefined {
  if (path.startsWith(ICONS)) {
    const icon = path.slice(ICONS.length);
    const own = icon.replace(/^unicons\//, '');
    const isOwn = /^[\w-]+\.svg$/.test(own) && existsSync(join(OWN_ICONS, own));
    return isOwn
      ? { root: OWN_ICONS, path: own }
      : { root: join(packageFolder('@grafana/ui'), 'dist/public/img/icons'), path: icon };
  }
  const font = FONTS[path.replace('/public/fonts/', '')];
  const [scope = '', name = '', ...file] = font?.split('/') ?? [];
  return font ? { root: packageFolder(`${scope}/${name}`), path: file.join('/') } : undefined;
}

/** The installed folder of a package. */
export function packageFolder(name: string): string {
  return dirname(createRequire(join(import.meta.dirname, 'assets.ts')).resolve(`${name}/package.json`));
}
