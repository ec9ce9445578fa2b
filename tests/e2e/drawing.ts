import type { Locator } from 'playwright-core';

/** How many pixels of a drawing are not empty, over all the canvases that it is made of. */
export async function drawnPixels(drawing: Locator): Promise<number> {
  return await drawing.evaluate((holder) => {
    let drawn = 0;
    for (const canvas of holder.querySelectorAll('canvas')) {
      const copy = document.createElement('canvas');
      copy.width = canvas.width;
      copy.height = canvas.height;
      const context = copy.getContext('2d', { willReadFrequently: true });
      if (context === null || canvas.width === 0) continue;
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      for (let n = 3; n < data.length; n += 4) if (data[n] !== 0) drawn++;
    }
    return drawn;
  });
}

/** Writes down every text that the element shows from now on; the function gives them. */
export async function writeDown(element: Locator): Promise<() => Promise<readonly string[]>> {
  const log = await element.evaluateHandle((node) => {
    const texts: string[] = [];
    const note = (): void => {
      const text = node.textContent ?? '';
      if (texts.at(-1) !== text) texts.push(text);
    };
    new MutationObserver(note).observe(node, { childList: true, characterData: true, subtree: true });
    return texts;
  });
  return () => log.jsonValue();
}
