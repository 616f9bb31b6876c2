import { css } from '@emotion/css';
import { PageLayoutType, type GrafanaTheme2, type NavModelItem } from '@grafana/data';
import type { PluginPageProps } from '@grafana/runtime';
import { Stack, Text, useStyles2 } from '@grafana/ui';
import { createContext, useContext, useEffect } from 'react';

/** The heading of a page if the plugin does not set one. */
export const PageNav = createContext<Pick<NavModelItem, 'text' | 'subTitle' | 'img'>>({ text: '' });

/** The frame of a plugin's page in Grafana: heading, actions, content. */
export function HostPage({ actions, children, info, layout, pageNav, renderTitle, subTitle }: PluginPageProps) {
  const styles = useStyles2(getStyles);
  const nav = useContext(PageNav);
  const { text: title, img, subTitle: navSubTitle } = pageNav ?? nav;
  const below = subTitle ?? navSubTitle;
  useEffect(() => {
    document.title = `${title} · development host`;
  }, [title]);
  if (layout === PageLayoutType.Custom) {
    return <>{children}</>;
  }
  return (
    <div className={styles.page}>
      <Stack justifyContent="space-between" alignItems="flex-start" wrap="wrap" gap={2}>
        <div>
          <Stack alignItems="center" gap={2}>
            {img && <img className={styles.logo} src={img} alt="" />}
            {renderTitle ? renderTitle(title) : <Text element="h1">{title}</Text>}
          </Stack>
          {below && <div className={styles.subTitle}>{below}</div>}
        </div>
        <Stack alignItems="center" justifyContent="flex-end" wrap="wrap" gap={2}>
          {info?.map(({ label, value }) => (
            <Text key={label}>
              {label}: {value}
            </Text>
          ))}
          {actions}
        </Stack>
      </Stack>
      <div className={styles.content}>{children}</div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', minHeight: '100%', padding: theme.spacing(3) }),
  logo: css({ width: 32, height: 32 }),
  subTitle: css({ color: theme.colors.text.secondary, marginTop: theme.spacing(0.5) }),
  content: css({ flex: 1, marginTop: theme.spacing(2), minWidth: 0 }),
});
