const EVERY_MS = 50;
const PATIENCE_MS = 60_000;

/** What `look` finds once it finds something; throws after a minute without. For states that are not on a page. */
export async function eventually<T>(what: string, look: () => T | null | Promise<T | null>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > until) throw new Error(`did not come about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
