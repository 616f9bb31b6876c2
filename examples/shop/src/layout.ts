import type { FastifyRequest } from 'fastify';
import { mayActAs } from './accounts.ts';
import { html, type Html } from './html.ts';
import { TOKEN_FIELD } from './visitor.ts';

// The notices after a redirect, by name: text from the URL is never shown.
const NOTICES: Record<string, string> = {
  saved: 'Saved.',
  created: 'Created.',
  deleted: 'Deleted.',
  ordered: 'Thank you for your order.',
  granted: 'The role was granted.',
  revoked: 'The role was revoked.',
  unlocked: 'The account was unlocked.',
  'signed-out': 'You are signed out.',
};

export interface PageOptions {
  /** An error message above the content. */
  error?: string;
}

/** The hidden field that every form must have. */
function tokenField(request: FastifyRequest): Html {
  return html`<input type="hidden" name="${TOKEN_FIELD}" value="${request.visitor.token}" />`;
}

function navigation(request: FastifyRequest): Html {
  const { account } = request.visitor;
  if (!account) return html`<span class="who"><a href="/login">Sign in</a> <a href="/signup">Create account</a></span>`;
  return html` <a href="/orders">My orders</a>
    ${mayActAs(account, 'staff') && html`<a href="/customers">Customers</a>`}
    ${mayActAs(account, 'admin') && html`<a href="/roles">Roles</a>`}
    <span class="who">
      <a href="/profile">${account.name}</a>
      <form method="post" action="/logout">${tokenField(request)}<button>Sign out</button></form>
    </span>`;
}

function noticeOf(request: FastifyRequest): Html | undefined {
  const { done } = request.query as { done?: unknown };
  const text = typeof done === 'string' && Object.hasOwn(NOTICES, done) ? NOTICES[done] : undefined;
  return text === undefined ? undefined : html`<p class="notice done" role="status">${text}</p>`;
}

/** A complete page. */
export function page(title: string, content: Html, request: FastifyRequest, { error }: PageOptions = {}): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} – Example shop</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header>
          <strong>Example shop</strong>
          <nav><a href="/">Products</a></nav>
          ${navigation(request)}
        </header>
        <main>
          <h1>${title}</h1>
          ${noticeOf(request)} ${error !== undefined && html`<p class="notice error" role="alert">${error}</p>`}
          ${content}
        </main>
      </body>
    </html>`;
}

export interface Field {
  name: string;
  label: string;
  value?: string | number;
  type?: 'text' | 'email' | 'password' | 'number' | 'tel';
  /** For password managers. */
  autocomplete?: string;
  /** The step of a number field. */
  step?: string;
}

/** A form with labeled fields. */
export function fieldsForm(request: FastifyRequest, action: string, button: string, fields: Field[]): Html {
  return html`<form class="fields" method="post" action="${action}">
    ${tokenField(request)}
    ${fields.map(
      ({ name, label, value = '', type = 'text', autocomplete = 'off', step }) =>
        html`<label
          >${label}
          <input
            name="${name}"
            type="${type}"
            value="${value}"
            autocomplete="${autocomplete}"
            required
            ${step !== undefined && html`min="0" step="${step}"`}
        /></label>`,
    )}
    <div><button class="main">${button}</button></div>
  </form>`;
}

/** The heading of a column of a {@link table}: of text, or of numbers, which are aligned to the right. */
export type Column = string | { number: string };

/** A table with a row of headings. */
export function table(columns: readonly Column[], rows: Html[]): Html {
  const heading = (column: Column) =>
    typeof column === 'string' ? html`<th>${column}</th>` : html`<th class="number">${column.number}</th>`;
  return html`<table>
    <thead>
      <tr>
        ${columns.map(heading)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** A form with a single button. */
export function buttonForm(request: FastifyRequest, action: string, button: string, values = {}): Html {
  return html`<form method="post" action="${action}">
    ${tokenField(request)}
    ${Object.entries<string | number>(values).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
    )}
    <button>${button}</button>
  </form>`;
}
