import { useCallback, useEffect, useState } from 'react';
import { isTyping } from '../navigation/keys.ts';

const STEP_MS = 1_100;

/** Where the play of a ring is: `step` edges have happened, of `count`; null shows all alike. */
export interface RingPlayer {
  readonly step: number | null;
  readonly playing: boolean;
  readonly goTo: (step: number | null) => void;
  readonly next: () => void;
  readonly previous: () => void;
  readonly toggle: () => void;
}

/** Plays edges one by one, in time. The keys are ← and → for a step, and the space bar. */
export function useRingPlayer(count: number): RingPlayer {
  const [step, setStep] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const goTo = useCallback((to: number | null) => {
    setPlaying(false);
    setStep(to);
  }, []);
  const next = useCallback(() => {
    setPlaying(false);
    setStep((at) => Math.min(count, (at ?? 0) + 1));
  }, [count]);
  const previous = useCallback(() => {
    setPlaying(false);
    setStep((at) => Math.max(1, (at ?? count + 1) - 1));
  }, [count]);
  const toggle = useCallback(() => {
    setPlaying((on) => {
      if (!on) setStep((at) => (at === null || at >= count ? 1 : at + 1));
      return !on;
    });
  }, [count]);

  useEffect(() => {
    if (!playing) return undefined;
    if (step !== null && step >= count) {
      setPlaying(false);
      return undefined;
    }
    const timer = window.setTimeout(() => setStep((at) => Math.min(count, (at ?? 0) + 1)), STEP_MS);
    return () => window.clearTimeout(timer);
  }, [playing, step, count]);

  useEffect(() => {
    if (count === 0) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      const target = event.composedPath()[0];
      const onControl =
        target instanceof Element &&
        target.closest('button, a, input, [role="tab"], [role="radio"]') !== null;
      if (event.key === 'ArrowRight' && !onControl) next();
      else if (event.key === 'ArrowLeft' && !onControl) previous();
      else if (event.key === ' ' && !onControl) toggle();
      else if (event.key === 'Escape') goTo(null);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [count, next, previous, toggle, goTo]);

  return { step, playing, goTo, next, previous, toggle };
}
