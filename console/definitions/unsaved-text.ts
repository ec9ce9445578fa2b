const KEY = 'ringwatch-unsaved-definitions';

/** A changed text that was not drafted yet, kept over a change of page: its tenant and what it was made from. */
export interface UnsavedText {
  readonly tenant: string;
  readonly base: string;
  readonly text: string;
}

/** What was left unsaved for a tenant; null where there is nothing. */
export function readUnsaved(tenant: string): UnsavedText | null {
  const stored = window.sessionStorage.getItem(KEY);
  if (stored === null) return null;
  const unsaved = JSON.parse(stored) as UnsavedText;
  return unsaved.tenant === tenant ? unsaved : null;
}

/** Keeps a text, or forgets it. */
export function writeUnsaved(unsaved: UnsavedText | null): void {
  if (unsaved === null) window.sessionStorage.removeItem(KEY);
  else window.sessionStorage.setItem(KEY, JSON.stringify(unsaved));
}
