import type { FanoutMessage, FanoutTopic } from '../../core/ports/fanout.ts';

/** What goes through a channel: one message, or that some before it were left out. */
export interface FanoutLetter {
  /** The process that wrote it, by an id of its start. */
  readonly from: string;
  /** From 1, without gaps, for each channel and process; those left out are counted. */
  readonly number: number;
  /** Null: letters were left out up to this number. */
  readonly message: FanoutMessage | null;
}

/** The letter as JSON. */
export function encodeLetter(letter: FanoutLetter): string {
  return JSON.stringify(letter);
}

/** Reads a letter of a channel of the topic; null where it is none: who else writes there is not ours to stop. */
export function readLetter(text: string, topic: FanoutTopic): FanoutLetter | null {
  const letter = parse(text);
  if (!isObject(letter)) return null;
  const { from, number, message } = letter;
  if (typeof from !== 'string' || !Number.isSafeInteger(number)) return null;
  if (message !== null && !isMessage(message, topic)) return null;
  return { from, number: number as number, message: message as FanoutMessage | null };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isMessage(value: unknown, topic: FanoutTopic): boolean {
  if (!isObject(value) || value.topic !== topic || !isObject(value.effect)) return false;
  const { effect } = value;
  const isEffect = typeof effect.id === 'string' && Number.isSafeInteger(effect.position);
  switch (topic) {
    case 'alertRaised':
      return (
        isEffect &&
        effect.kind === 'alert' &&
        typeof effect.rule === 'string' &&
        typeof effect.line === 'string' &&
        typeof value.raisedAt === 'string' &&
        (effect.elements === undefined || isElements(effect.elements))
      );
    case 'decisionMade':
      return (
        isEffect &&
        effect.kind === 'decision' &&
        ['decision', 'source', 'key', 'outcome'].every((field) => typeof effect[field] === 'string') &&
        (effect.time === null || typeof effect.time === 'string') &&
        isTexts(effect.rules) &&
        isTexts(effect.alerts)
      );
  }
}

function isElements(value: unknown): boolean {
  return isObject(value) && Array.isArray(value.vertices) && Array.isArray(value.edges);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
