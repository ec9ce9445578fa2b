import { useEffect } from 'react';
import { isTyping } from '../navigation/keys.ts';
import { goTo } from '../navigation/location.ts';

/** Where `g` and then a letter goes. */
const PLACES: Readonly<Record<string, string>> = {
  a: 'alerts',
  d: 'definitions',
  w: 'webhooks',
  v: 'activity',
  k: 'access',
  l: 'audit',
  u: 'usage',
  h: 'health',
};
const BETWEEN_MS = 1_500;

/** Goes from place to place by two keys: `g`, then the letter of the place. */
export function useGoKeys(): void {
  useEffect(() => {
    let pressedMs = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      const place = event.timeStamp - pressedMs < BETWEEN_MS ? PLACES[event.key] : undefined;
      pressedMs = event.key === 'g' ? event.timeStamp : 0;
      if (place === undefined) return;
      event.preventDefault();
      // The letter is one of the screen's own keys elsewhere.
      event.stopImmediatePropagation();
      goTo([place]);
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, []);
}
