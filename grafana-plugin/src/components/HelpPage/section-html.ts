import { renderMarkdown } from '@grafana/data';

/** A section of a document as HTML. Its links lead to files beside the document, which the app does not have: only their text stays. */
export function sectionHtml(document: string, heading: string): string {
  const [, section = ''] = document.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return renderMarkdown(text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1'));
}
