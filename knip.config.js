/** Dead code fails `npm run check`: files, exports and dependencies that nothing uses. @type {import('knip').KnipConfig} */
export default {
  // Workspaces use each other's test helpers, and the development host shows the plugin with the plugin's own libraries.
  rules: { unlisted: 'off', binaries: 'off' },
  workspaces: {
    '.': {
      // Tools that stack/src/check/packages.ts runs.
      ignoreDependencies: ['@arethetypeswrong/cli', 'publint'],
    },
    core: { entry: ['{src,generate}/**/*.{test,itest}.ts'] },
    sdk: { entry: ['{src,generate}/**/*.{test,itest}.ts', 'src/testing/spool-writer.ts'] },
    keeper: { entry: ['src/cli.ts', 'src/**/*.{test,itest}.ts'] },
    stack: {
      entry: [
        'src/cli.ts',
        'build-package.mjs',
        'src/testing/jest-*.ts',
        'src/**/*.{test,itest}.ts',
        'host/**/*.test.{ts,tsx}',
        'host/shell/{main.tsx,amd.ts}',
      ],
      // Served by the development host as files.
      ignoreDependencies: ['@fontsource/.*'],
    },
    provisioning: { entry: ['**/*.{test,itest}.ts'] },
    'collector-config': { entry: ['**/*.{test,itest}.ts'] },
    'examples/*': { entry: ['src/**/*.{test,itest}.ts'] },
    e2e: { entry: ['**/*.{test,itest,btest}.ts'] },
    bench: { entry: ['src/**/*.{test,itest}.ts', 'src/*/{app,*-child}.ts'] },
    'grafana-plugin': {
      // It reads src/plugin.json from the folder where it runs.
      webpack: false,
      entry: ['src/module.tsx', 'src/**/*.test.{ts,tsx}', 'i18next.config.ts', '.config/*.{js,mjs}'],
      // Named as loaders in .config/webpack.
      ignoreDependencies: ['@swc/helpers', '.*-loader'],
    },
  },
};
