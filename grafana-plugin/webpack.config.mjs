// Node reads the TypeScript of create-plugin's configuration by itself; webpack-cli would want a loader for it.
import grafanaConfig from './.config/webpack/webpack.config.ts';

/**
 * What create-plugin lays is left as it is; here stands only what differs.
 *
 * @param {import('./.config/webpack/webpack.config.ts').Env} env
 * @returns {Promise<import('webpack').Configuration>}
 */
export default async function config(env) {
  const base = await grafanaConfig(env);
  // Every browser that Grafana 12 supports runs ES2022: async generators need no helper code.
  const swc = base.module.rules.find((rule) => rule.use?.loader === 'swc-loader');
  swc.use.options.jsc.target = 'es2022';
  return {
    ...base,
    // Documentation that the app shows.
    module: { ...base.module, rules: [...base.module.rules, { test: /\.md$/, type: 'asset/source' }] },
    // Our own packages are read from their TypeScript, as everywhere in this repository.
    resolve: { ...base.resolve, conditionNames: ['@auditrail/source', '...'] },
    // Grafana loads module.js when it starts, the rest when the page is opened.
    performance: { maxEntrypointSize: 150_000, maxAssetSize: 700_000, hints: env.production ? 'error' : false },
  };
}
