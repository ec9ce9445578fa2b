import { ActionIcon } from '@mantine/core';
import { useState } from 'react';
import { Icon } from './icon.tsx';
import { useNotice } from './notice-board.tsx';

/** Copies a text; `what` names it to those who hear the page. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const notice = useNotice();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      window.setTimeout(() => setCopied(false), 2000);
    } catch {
      // Browsers refuse the clipboard to pages that came over plain HTTP from another machine.
      notice({
        kind: 'failed',
        text: 'The browser does not let this page copy. Select the text and copy it.',
      });
    }
  };
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={`Copy ${what}`}
      onClick={() => void copy()}
    >
      <Icon name={copied ? 'check' : 'copy'} size={15} />
    </ActionIcon>
  );
}
