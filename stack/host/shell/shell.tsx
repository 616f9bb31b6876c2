import { css } from '@emotion/css';
import { OrgRole, PluginContextProvider, ThemeContext, type AppPlugin, type GrafanaTheme2 } from '@grafana/data';
import { config, hasPermission, locationService } from '@grafana/runtime';
import {
  Alert,
  Badge,
  ErrorBoundaryAlert,
  GlobalStyles,
  Icon,
  PortalContainer,
  RadioButtonGroup,
  useStyles2,
} from '@grafana/ui';
import type { ReactNode } from 'react';
import { Route, Routes, useLocation } from 'react-router';
import { Alerts } from './alerts.tsx';
import { HistoryRouter } from './history-router.tsx';
import { choose, type HostPluginMeta } from './host-data.ts';
import { HostPage, PageNav } from './plugin-page.tsx';
import { OnceReady } from './waiting.tsx';

/** The page of the host: header, navigation, and the plugin's page or its configuration. */
export function Shell({ meta, plugin }: { meta: HostPluginMeta; plugin: AppPlugin }) {
  const id = meta.id;
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <HistoryRouter>
        <Frame meta={meta}>
          <ErrorBoundaryAlert>
            <PluginContextProvider meta={plugin.meta}>
              <OnceReady>
                <Routes>
                  <Route path={`/a/${id}/*`} element={<AppRoot plugin={plugin} />} />
                  <Route path={`/plugins/${id}`} element={<AppConfiguration plugin={plugin} />} />
                  <Route
                    path="*"
                    element={<Alert title="This page does not exist in the development host." severity="info" />}
                  />
                </Routes>
              </OnceReady>
            </PluginContextProvider>
          </ErrorBoundaryAlert>
        </Frame>
      </HistoryRouter>
      <Alerts />
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

/** Shown if the plugin could not be loaded. */
export function StartError({ error }: { error: unknown }) {
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <Alert title="The plugin could not be loaded">
        {error instanceof Error ? error.message : JSON.stringify(error)}
      </Alert>
    </ThemeContext.Provider>
  );
}

function AppRoot({ plugin }: { plugin: AppPlugin }) {
  const { pathname } = useLocation();
  const Root = plugin.root;
  if (!Root) {
    return <Alert title="The plugin does not have a page." />;
  }
  const basename = `/a/${plugin.meta.id}`;
  const query = locationService.getSearchObject();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Grafana still passes them
  return <Root meta={plugin.meta} basename={basename} path={pathname} query={query} onNavChanged={() => {}} />;
}

function AppConfiguration({ plugin }: { plugin: AppPlugin }) {
  const page = plugin.configPages?.[0];
  return (
    <HostPage pageNav={{ text: plugin.meta.name, img: plugin.meta.info.logos.large }}>
      {page && <page.body plugin={plugin} query={locationService.getSearchObject()} />}
    </HostPage>
  );
}

function Frame({ meta, children }: { meta: HostPluginMeta; children: ReactNode }) {
  const styles = useStyles2(getStyles);
  const { users, user, theme, language, languages } = window.hostData;
  const { pathname } = useLocation();
  const pages = meta.includes.filter(({ path, addToNav }) => path && addToNav);
  const allowed = pages.filter(({ action, role }) => (action ? hasPermission(action) : role !== 'Admin' || isAdmin()));
  const current = pages.find(({ path }) => path === pathname);
  // The plugin's default page has the plugin's heading, as in Grafana.
  const own = { text: meta.name, subTitle: meta.info.description, img: meta.info.logos.large };
  return (
    <PageNav.Provider value={current && !current.defaultNav ? { text: current.name } : own}>
      <div className={styles.frame}>
        <header className={styles.header}>
          <strong>Auditrail · development host</strong>
          <Badge
            color="orange"
            icon="exclamation-triangle"
            text={
              <>
                Not for production<span className={styles.withRoom}>(loopback only, simulated users)</span>
              </>
            }
          />
          <span className={styles.gap} />
          <RadioButtonGroup
            aria-label="User"
            size="sm"
            options={users}
            value={users.find(({ login }) => login === user)?.value}
            onChange={(value) => choose('host_user', value)}
          />
          <RadioButtonGroup
            aria-label="Theme"
            size="sm"
            options={[
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
            value={theme}
            onChange={(value) => choose('host_theme', value)}
          />
          <RadioButtonGroup
            aria-label="Language"
            size="sm"
            options={languages.map((value) => ({ value, label: value.slice(0, 2) }))}
            value={language}
            onChange={(value) => choose('host_language', value)}
          />
        </header>
        <nav className={styles.nav} aria-label="Plugin">
          {allowed.map(({ name, path = '', icon }) => (
            <a
              key={path}
              className={styles.link}
              href={path}
              aria-current={path === pathname ? 'page' : undefined}
              onClick={(event) => {
                event.preventDefault();
                locationService.push(path);
              }}
            >
              <Icon name={icon ?? 'list-ul'} /> {name}
            </a>
          ))}
        </nav>
        <main className={styles.main}>{children}</main>
      </div>
    </PageNav.Provider>
  );
}

function isAdmin(): boolean {
  return config.bootData.user.orgRole === OrgRole.Admin;
}

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({ display: 'grid', grid: 'auto 1fr / 200px 1fr', height: '100vh' }),
  header: css({
    gridColumn: '1 / -1',
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1.5),
    padding: theme.spacing(0.5, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  // Without it, the header has one line in a window of 1024 pixels.
  withRoom: css({ [theme.breakpoints.down('xl')]: { display: 'none' } }),
  gap: css({ flex: 1 }),
  nav: css({
    padding: theme.spacing(2, 1),
    background: theme.colors.background.primary,
    borderRight: `1px solid ${theme.colors.border.weak}`,
  }),
  link: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.75, 1),
    borderRadius: theme.shape.radius.default,
    '&[aria-current]': { background: theme.colors.action.selected, fontWeight: theme.typography.fontWeightMedium },
    '&:hover': { background: theme.colors.action.hover },
  }),
  main: css({ overflow: 'auto', background: theme.colors.background.canvas, minWidth: 0 }),
});
