import type { SeedAccount } from './seed.ts';
import { TOKEN_FIELD } from './visitor.ts';

/** What a page answered. */
export interface Page {
  status: number;
  text: string;
}

/** @throws Error where the shop is not on this machine: the generator must not trouble anybody else. */
export function assertLoopback(url: string): void {
  const { hostname } = new URL(url);
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) {
    throw new Error(`traffic goes to a shop on this machine only, not to ${hostname}`);
  }
}

const unescape = (text: string) =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'",
  );

/** The values that a form on a page already has: what a browser would send back. */
export function formValues(page: string, action: string): Record<string, string> {
  const form =
    page
      .split('<form ')
      .find((part) => part.includes(`action="${action}"`))
      ?.split('</form>')[0] ?? '';
  const inputs = [...form.matchAll(/<input\s[^>]*?name="([^"]*)"[^>]*?value="([^"]*)"/g)];
  return Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, unescape(value)]));
}

/** A browser, as far as the shop can tell: keeps its cookie, follows redirects, sends forms as the page made them. */
export class Person {
  readonly account: SeedAccount;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  /** Nobody else's business; tests look for it where it must not be. */
  cookie = '';

  /** @param ip the address this person comes from; the shop believes it when started with `trustProxy`. */
  constructor(url: string, account: SeedAccount, ip: string, userAgent: string) {
    assertLoopback(url);
    this.account = account;
    this.#url = url;
    this.#headers = { 'User-Agent': userAgent, 'X-Forwarded-For': ip };
  }

  /** @throws Error where the shop failed (a status of 500 or more), or is not there. */
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
    if (response.status >= 500) throw new Error(`the shop answered ${response.status} to ${path}`);
    const to = response.headers.get('location');
    return response.status === 303 && to ? this.open(to) : { status: response.status, text };
  }

  /** Opens `path`, fills in the form that goes to `action` and sends it. */
  async submit(path: string, action: string, values: Record<string, string> = {}): Promise<Page> {
    const { text } = await this.open(path);
    const form = formValues(text, action);
    // Any form's token is this visitor's token: buttons that are not on the page (sold out, say) are answered by the shop.
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
