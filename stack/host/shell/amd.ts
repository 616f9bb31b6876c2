type Factory = (...modules: unknown[]) => unknown;
type Define = ((dependencies: string[], factory: Factory) => void) & { amd: object };

declare global {
  interface Window {
    define?: Define;
  }
}

/**
 * Loads an AMD module, as Grafana loads a plugin's `module.js`. Its dependencies come from `shared`, so that the plugin and
 * the host use the same React and the same `@grafana/*`.
 * @throws Error when the file cannot be loaded or depends on something that Grafana does not share
 */
export async function loadAmdModule(uri: string, shared: Record<string, unknown>): Promise<unknown> {
  let loaded: { dependencies: string[]; factory: Factory } | undefined;
  const define: Define = Object.assign(
    (dependencies: string[], factory: Factory) => {
      loaded = { dependencies, factory };
    },
    { amd: {} },
  );
  window.define = define;
  try {
    await loadScript(uri);
  } finally {
    delete window.define;
  }
  if (!loaded) {
    throw new Error(`${uri} is not an AMD module.`);
  }
  const modules: Record<string, unknown> = { ...shared, module: { id: uri, uri: new URL(uri, document.baseURI).href } };
  const missing = loaded.dependencies.filter((name) => !(name in modules));
  if (missing.length > 0) {
    throw new Error(
      `The plugin imports ${missing.join(', ')}, which Grafana does not share. Bundle it with the plugin.`,
    );
  }
  return loaded.factory(...loaded.dependencies.map((name) => modules[name]));
}

function loadScript(src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = src;
    script.addEventListener('load', () => resolve());
    script.addEventListener('error', () =>
      reject(new Error(`${src} could not be loaded. Check that the plugin is built.`)),
    );
    document.head.append(script);
  });
}
