import { ACTION, SERVICE } from './queries.ts';

export type AnnotationName = 'Deployments' | 'Changes of rights';

/** Entries that explain a change in a chart. Any dashboard can show them; see docs/dashboards.md. */
export interface AuditAnnotation {
  name: AnnotationName;
  /** A Loki query. The line becomes the annotation's text. @param service a regular expression of services */
  query: (service: string) => string;
  color: string;
}

const entriesOf = (actions: string) => (service: string) =>
  `{${SERVICE}=~"${service}"} | ${ACTION}=~"${actions}" | json text="description" | line_format "{{.text}}"`;

export const ANNOTATIONS: readonly AuditAnnotation[] = [
  {
    name: 'Deployments',
    query: entriesOf('(?:.+[.])?(?:deployed|released|rolled_back)'),
    color: 'blue',
  },
  {
    name: 'Changes of rights',
    query: entriesOf('.+[.](?:role|permission)[.](?:granted|revoked)'),
    color: 'orange',
  },
];
