import { createContext, useContext } from 'react';
import type { WhoAmIResult } from './session.operations.ts';

/** Who is signed in. */
export type Viewer = WhoAmIResult['viewer'];

/** What a caller may do, as the schema names it. */
export type Scope = Viewer['scopes'][number];

export const ViewerContext = createContext<Viewer | null>(null);

/** Who is signed in. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (viewer === null) throw new Error('nobody is signed in around this component');
  return viewer;
}

/** Whether the viewer may do something. */
export function useMay(scope: Scope): boolean {
  return useViewer().scopes.includes(scope);
}
