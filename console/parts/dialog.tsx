import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

/**
 * A dialog over the page. The page behind is not locked against scrolling: the lock would write a `<style>`, which the
 * Content-Security-Policy refuses.
 */
export function Dialog(props: {
  readonly title: string;
  readonly opened: boolean;
  readonly close: () => void;
  readonly children: ReactNode;
  readonly size?: string | number;
}) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      title={props.title}
      size={props.size ?? 'md'}
      lockScroll={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 120 }}
    >
      {props.children}
    </Modal>
  );
}
