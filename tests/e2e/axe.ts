import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe-core finds on the page as it is now that is serious or critical: rule, place, and what is wrong there. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Evaluated over the browser's own protocol, to which the page's Content-Security-Policy does not apply.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
}
