import { renderMarkdown } from '@grafana/data';

/** A section of a document as HTML. Links point to files that the app does not have, so only their text is kept. */
export function sectionHtml(document: string, heading: string): string {
  const [, section = ''] = document.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return renderMarkdown(text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1'));
}
