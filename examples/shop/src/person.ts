import type { SeedAccount } from './seed.ts';
import { TOKEN_FIELD } from './visitor.ts';

/** A response of the shop. */
export interface Page {
  status: number;
  text: string;
}

/** @throws Error if the shop is not on this machine: traffic and attacks must not reach other servers */
export function assertLoopback(url: string): void {
  const { hostname } = new URL(url);
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) {
    throw new Error(`traffic is only allowed to a shop on this machine, not to ${hostname}`);
  }
}

const unescape = (text: string) =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'",
  );

/** The values of a form on a page, as a browser would send them. */
export function formValues(page: string, action: string): Record<string, string> {
  const form =
    page
      .split('<form ')
      .find((part) => part.includes(`action="${action}"`))
      ?.split('</form>')[0] ?? '';
  const inputs = [...form.matchAll(/<input\s[^>]*?name="([^"]*)"[^>]*?value="([^"]*)"/g)];
  return Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, unescape(value)]));
}

/** A simulated user with a browser that keeps its cookie, follows redirects and sends forms. */
export class Person {
  readonly account: SeedAccount;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  /** Public for tests that check that it is not recorded. */
  cookie = '';

  /** @param ip the person's address, sent as X-Forwarded-For */
  constructor(url: string, account: SeedAccount, ip: string, userAgent: string) {
    assertLoopback(url);
    this.account = account;
    this.#url = url;
    this.#headers = { 'User-Agent': userAgent, 'X-Forwarded-For': ip };
  }

  /** @throws Error if the status is 500 or higher, or the shop cannot be reached */
  async open(path: string, body?: URLSearchParams): Promise<Page> {
    const response = await fetch(this.#url + path, {
      method: body ? 'POST' : 'GET',
      headers: { ...this.#headers, ...(this.cookie && { Cookie: this.cookie }) },
      redirect: 'manual',
      ...(body && { body }),
    });
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie) this.cookie = cookie;
    const text = await response.text();
    if (response.status >= 500) throw new Error(`the shop responded with ${response.status} to ${path}`);
    const to = response.headers.get('location');
    return response.status === 303 && to ? this.open(to) : { status: response.status, text };
  }

  /** Opens `path`, fills in the form with this `action` and sends it. */
  async submit(path: string, action: string, values: Record<string, string> = {}): Promise<Page> {
    const { text } = await this.open(path);
    const form = formValues(text, action);
    // All forms of a visitor have the same token, so a form that is not on the page (a sold-out product) can be sent too.
    const token = form[TOKEN_FIELD] ?? formValues(text, '/logout')[TOKEN_FIELD] ?? '';
    return this.open(action, new URLSearchParams({ ...form, [TOKEN_FIELD]: token, ...values }));
  }

  async signIn(password = this.account.password): Promise<boolean> {
    const { status } = await this.submit('/login', '/login', { email: this.account.email, password });
    return status === 200;
  }

  signOut(): Promise<Page> {
    return this.submit('/', '/logout');
  }
}
