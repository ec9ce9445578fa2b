import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { StateMessage } from '../parts/state-message.tsx';

/** Keeps a fault of one screen from taking the page with it. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly error: Error | null }
> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <StateMessage
        icon="warning"
        role="alert"
        title="This page has a fault"
        action={
          <Button variant="default" size="xs" onClick={() => window.location.reload()}>
            Load it again
          </Button>
        }
      >
        <p>What you have done so far is not lost. Tell whoever runs the service:</p>
        <p className="mono">{error.message}</p>
      </StateMessage>
    );
  }
}
