import { Button } from '@mantine/core';
import { type ComponentType, type ReactNode, useCallback, useEffect, useState } from 'react';
import { LoadingRows } from './loading.tsx';
import { StateMessage } from './state-message.tsx';

/** Where a part is kept once it was fetched. */
interface Fetched<Props> {
  part: ComponentType<Props> | null;
  readonly load: () => Promise<ComponentType<Props>>;
}

const PRELOADS: Array<() => Promise<void>> = [];

/** Makes a part that is fetched on demand; where it cannot be had, it says so in its place. `rows` stand there meanwhile. */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  rows = 6,
): (props: Props) => ReactNode {
  const fetched: Fetched<Props> = { part: null, load };
  PRELOADS.push(async () => {
    await fetchPart(fetched).catch(() => undefined);
  });
  return (props) => <LazyPart fetched={fetched} rows={rows} props={props} />;
}

async function fetchPart<Props>(fetched: Fetched<Props>): Promise<ComponentType<Props>> {
  fetched.part ??= await fetched.load();
  return fetched.part;
}

function LazyPart<Props extends object>({
  fetched,
  rows,
  props,
}: {
  readonly fetched: Fetched<Props>;
  readonly rows: number;
  readonly props: Props;
}) {
  const [part, setPart] = useState<ComponentType<Props> | null>(() => fetched.part);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (part !== null) return;
    fetchPart(fetched).then(
      (found) => setPart(() => found),
      () => setFailed(true),
    );
  }, [part, fetched]);
  const Found = part;
  if (Found !== null) return <Found {...props} />;
  return failed ? <NotFetched /> : <LoadingRows rows={rows} />;
}

/** Fetches every part that is known of, one after the other, so that the console works on while the service is away. */
export async function preloadParts(): Promise<void> {
  // Parts name further parts, which come to the list's end.
  for (const preload of PRELOADS) await preload();
}

/**
 * Browsers remember that a module could not be fetched, so only a new page gets it. A page is loaded again where the service
 * answers; elsewhere the one at hand would be lost for nothing.
 */
function NotFetched() {
  const [trying, setTrying] = useState(false);
  const retry = useCallback(async (): Promise<void> => {
    setTrying(true);
    const answer = await fetch(window.location.pathname, { method: 'HEAD', cache: 'no-store' }).catch(
      () => null,
    );
    if (answer?.ok) window.location.reload();
    else setTrying(false);
  }, []);
  return (
    <StateMessage
      icon="broken"
      role="alert"
      title="The service cannot be reached."
      action={
        <Button variant="default" size="xs" loading={trying} onClick={() => void retry()}>
          Try again
        </Button>
      }
    >
      <p>This part of the console was not fetched yet. What you have done so far is not lost.</p>
    </StateMessage>
  );
}
