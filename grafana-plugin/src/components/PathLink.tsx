import React, { type MouseEvent, type ReactNode } from 'react';
import { css, cx } from '@emotion/css';
import { locationUtil, type GrafanaTheme2, type IconName } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { Icon, useStyles2 } from '@grafana/ui';

interface Props {
  /** Path and query within Grafana, without its base. */
  path: string;
  /** As text, as a small button, or as a button of the page's header. */
  look?: 'text' | 'button' | 'bordered' | 'toolbar';
  icon?: IconName;
  'aria-label'?: string;
  'data-testid'?: string;
  children: ReactNode;
}

/**
 * A link within Grafana that opens exactly its path. Grafana's own links (`LinkButton`, `TextLink`) decode the address while
 * sanitizing it, which loses `+`, `&`, and `%` in values. Use only with paths that the app built.
 */
export function PathLink({ path, look = 'text', icon, children, ...rest }: Props) {
  const styles = useStyles2(getStyles);
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    // The browser handles clicks that open a new tab or window.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    locationService.push(path);
  };
  if (!path.startsWith('/') || path.startsWith('//')) return <>{children}</>;
  return (
    <a
      {...rest}
      href={locationUtil.assureBaseUrl(path)}
      className={
        look === 'text'
          ? styles.text
          : cx(styles.button, look !== 'button' && styles.bordered, look === 'toolbar' && styles.toolbar)
      }
      onClick={onClick}
    >
      {icon && <Icon name={icon} size="sm" />}
      {children}
    </a>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  text: css({ color: theme.colors.text.link, '&:hover': { textDecoration: 'underline' } }),
  // Like Grafana's small secondary buttons.
  button: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    height: theme.spacing(theme.components.height.sm),
    padding: theme.spacing(0, 1),
    border: '1px solid transparent',
    borderRadius: theme.shape.radius.default,
    color: theme.colors.secondary.text,
    fontSize: theme.typography.bodySmall.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
    whiteSpace: 'nowrap',
    '&:hover': { background: theme.colors.secondary.transparent },
  }),
  bordered: css({
    borderColor: theme.colors.secondary.border,
    background: theme.colors.secondary.main,
    color: theme.colors.secondary.contrastText,
    '&:hover': { background: theme.colors.secondary.shade },
  }),
  toolbar: css({ height: theme.spacing(theme.components.height.md), fontSize: theme.typography.body.fontSize }),
});
