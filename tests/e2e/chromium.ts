import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

/** Where Debian puts it. */
const DEBIAN_CHROMIUM = '/usr/bin/chromium';

/** No service of Chromium's own calls home: on a closed network it would try again and again. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium to test with, RINGWATCH_CHROMIUM before Debian's; null where there is none. */
export function findChromium(): string | null {
  const place = process.env.RINGWATCH_CHROMIUM ?? DEBIAN_CHROMIUM;
  return existsSync(place) ? place : null;
}

/** A headless Chromium that other processes open windows in. */
export interface ServedChromium {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts Chromium, with a home of its own that is gone when it is closed. */
export async function serveChromium(executablePath: string): Promise<ServedChromium> {
  const home = await mkdtemp(path.join(tmpdir(), 'ringwatch-chromium-'));
  const server = await chromium.launchServer({
    executablePath,
    args: FLAGS,
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
  });
  return {
    endpoint: server.wsEndpoint(),
    close: async () => {
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A connection to a Chromium. */
export interface OpenChromium {
  /** A window with cookies and storage of its own, as of another person; in Amsterdam where nothing else is said. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  close(): Promise<void>;
}

/** Connects to a Chromium that runs. */
export async function connectChromium(endpoint: string): Promise<OpenChromium> {
  const browser = await chromium.connect(endpoint);
  return {
    newContext: (options = {}) =>
      browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Amsterdam', ...options }),
    close: () => browser.close(),
  };
}
