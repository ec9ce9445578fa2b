import { RingwatchError } from '../../core/errors.ts';

/** Rejects with CATALOG_TIMEOUT where `work` takes longer; what it comes to then is nobody's concern. */
export async function withinMs<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RingwatchError('CATALOG_TIMEOUT', { limit: limitMs })), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
