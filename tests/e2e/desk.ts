import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { OpenChromium } from './chromium.ts';

/** How long a state may take to come about: a guard against one that never does, not a measure. */
const PATIENCE_MS = 60_000;
/** How much of a page's text an error tells. */
const SAID_CHARS_MAX = 4_000;

/**
 * A person at the console, in a window of their own. What the browser complains of (errors on its console, refusals of the
 * Content-Security-Policy, faults of the page) is kept: a test ends with `leave`, which throws it.
 */
export class Desk {
  readonly page: Page;
  readonly problems: string[] = [];
  readonly #consoleUrl: string;
  #tolerated: RegExp | null = null;

  private constructor(page: Page, consoleUrl: string) {
    this.page = page;
    this.#consoleUrl = consoleUrl;
    page.setDefaultTimeout(PATIENCE_MS);
    const note = (text: string): void => {
      if (this.#tolerated === null || !this.#tolerated.test(text)) this.problems.push(text);
    };
    page.on('console', (message) => {
      const { url } = message.location();
      if (message.type() === 'error' || message.type() === 'warning') note(`${message.text()} (${url})`);
    });
    page.on('pageerror', (error) => note(`fault of the page: ${error.message}`));
  }

  /** Opens the console in a new window. */
  static async open(
    chromium: OpenChromium,
    consoleUrl: string,
    options: BrowserContextOptions = {},
  ): Promise<Desk> {
    const context = await chromium.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const desk = new Desk(await context.newPage(), consoleUrl);
    await desk.page.goto(consoleUrl);
    return desk;
  }

  /** Signs in as a person would: the token typed, the button pressed. */
  async signIn(token: string): Promise<void> {
    await this.page.getByLabel('Token', { exact: true }).fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('navigation', { name: 'Main' }).waitFor();
  }

  /** Goes to an address of the console, such as `alerts?state=ALL`. */
  async goTo(place: string): Promise<void> {
    await this.page.goto(`${this.#consoleUrl}#/${place}`);
  }

  /** The screen with this heading, once it is there. */
  async screen(title: string | RegExp): Promise<Locator> {
    await this.page.getByRole('heading', { level: 1, name: title }).waitFor();
    return this.page.getByRole('main');
  }

  /** The text is there, or comes to be. Throws what the page says in its place. */
  async sees(text: string | RegExp, within: Locator | Page = this.page): Promise<void> {
    try {
      await within.getByText(text).first().waitFor();
    } catch (error) {
      const said = await this.page.locator('body').innerText();
      throw new Error(`${String(error)}\nthe page says:\n${said.slice(0, SAID_CHARS_MAX)}`);
    }
  }

  /** What the browser complains of meanwhile is none of the console's faults where it matches. */
  async tolerating<T>(complaint: RegExp, work: () => Promise<T>): Promise<T> {
    this.#tolerated = complaint;
    try {
      return await work();
    } finally {
      this.#tolerated = null;
    }
  }

  /** Closes the window. Throws what the browser complained of. */
  async leave(): Promise<void> {
    await this.page.context().close();
    if (this.problems.length > 0) throw new Error(`the browser complained:\n${this.problems.join('\n')}`);
  }
}
