// Node runs the TypeScript of create-plugin's configuration itself; webpack-cli would need a loader.
import grafanaConfig from './.config/webpack/webpack.config.ts';

/**
 * Extends the configuration of create-plugin, which is not modified.
 *
 * @param {import('./.config/webpack/webpack.config.ts').Env} env
 * @returns {Promise<import('webpack').Configuration>}
 */
export default async function config(env) {
  const base = await grafanaConfig(env);
  // All browsers that Grafana 12 supports run ES2022, so async generators need no helper code.
  const swc = base.module.rules.find((rule) => rule.use?.loader === 'swc-loader');
  swc.use.options.jsc.target = 'es2022';
  return {
    ...base,
    // Documentation that the app shows.
    module: { ...base.module, rules: [...base.module.rules, { test: /\.md$/, type: 'asset/source' }] },
    // The packages of this repository are used from their TypeScript source.
    resolve: { ...base.resolve, conditionNames: ['@auditrail/source', '...'] },
    // Grafana loads module.js when it starts, and the rest when the page is opened.
    performance: { maxEntrypointSize: 150_000, maxAssetSize: 700_000, hints: env.production ? 'error' : false },
  };
}
