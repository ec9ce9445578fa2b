import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { Icon } from './icon.tsx';
import styles from './notice-board.module.css';

/** What has just happened, said in passing. */
export interface Notice {
  readonly kind: 'done' | 'failed';
  readonly text: string;
  /** Takes it back, where that can be done. */
  readonly undo?: () => void;
}

interface Posted extends Notice {
  readonly id: number;
}

const SHOWN_MS = 6_000;
/** Long enough to see that it was the wrong one. */
const SHOWN_WITH_UNDO_MS = 12_000;
const NoticeContext = createContext<((notice: Notice) => void) | null>(null);
let lastId = 0;

/** Shows notices for a few seconds, and reads them to those who do not see them. */
export function NoticeBoard({ children }: { readonly children: ReactNode }) {
  const [posted, setPosted] = useState<readonly Posted[]>([]);
  const remove = useCallback((id: number) => setPosted((all) => all.filter((each) => each.id !== id)), []);
  const post = useCallback(
    (notice: Notice) => {
      lastId += 1;
      const id = lastId;
      setPosted((all) => [...all.slice(-3), { ...notice, id }]);
      window.setTimeout(() => remove(id), notice.undo === undefined ? SHOWN_MS : SHOWN_WITH_UNDO_MS);
    },
    [remove],
  );
  const board = useMemo(() => post, [post]);
  return (
    <NoticeContext.Provider value={board}>
      {children}
      <div className={styles.board} role="status" aria-live="polite">
        {posted.map(({ id, kind, text, undo }) => (
          <div key={id} className={styles.notice} data-kind={kind}>
            <Icon name={kind === 'done' ? 'check' : 'warning'} />
            <span>{text}</span>
            {undo === undefined ? null : (
              <button
                type="button"
                className={styles.undo}
                onClick={() => {
                  remove(id);
                  undo();
                }}
              >
                Undo
              </button>
            )}
            <button type="button" className={styles.close} aria-label="Dismiss" onClick={() => remove(id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </NoticeContext.Provider>
  );
}

/** Says in passing what has just happened. */
export function useNotice(): (notice: Notice) => void {
  const post = useContext(NoticeContext);
  if (post === null) throw new Error('no notice board around this component');
  return post;
}
