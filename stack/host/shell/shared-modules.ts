import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaI18n from '@grafana/i18n';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import i18next from 'i18next';
import lodash from 'lodash';
import moment from 'moment';
import React from 'react';
import ReactDom from 'react-dom';
import * as reactRouter from 'react-router';
import * as rxjs from 'rxjs';

/**
 * The modules that the host shares with the plugin, by their names in Grafana. Without `react/jsx-runtime`, which Grafana 12
 * does not share, so that a plugin that imports it fails here too.
 */
export const SHARED_MODULES: Record<string, unknown> = {
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/i18n': grafanaI18n,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
  i18next,
  lodash,
  moment,
  react: React,
  'react-dom': ReactDom,
  'react-router': reactRouter,
  rxjs,
};
